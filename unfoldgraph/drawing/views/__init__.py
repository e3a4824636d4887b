"""The views of a picture: from a graph, its layout and its routes to what is drawn."""
