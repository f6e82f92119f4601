"""Pictures of goods, drawn from outlines: no photograph, no network, the same ones each time."""
