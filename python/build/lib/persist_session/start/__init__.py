"""What the start module does before Streamlit runs."""
