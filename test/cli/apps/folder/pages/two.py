"""A page that is a script of its own."""

from shared import page

page("second")
