"""An app whose pages lie in a folder."""

from shared import page

page("first")
