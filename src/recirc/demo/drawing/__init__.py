"""The pictures of the sample newspaper, drawn by this program: one hand, one palette."""
