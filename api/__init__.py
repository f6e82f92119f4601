"""The public face: three audiences, three exact documents, from the same declarations."""
