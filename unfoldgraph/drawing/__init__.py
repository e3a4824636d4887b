"""From a model to its picture: graphs, layout, routing, views, a scene, annotations, formats."""
