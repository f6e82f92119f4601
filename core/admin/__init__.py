"""The admin's frame: our site, its look, its landing pages, its filters. What it shows comes from declared resources."""
