"""Imports and exports as jobs: kept uploads, remembered columns, dry runs, undoing, files to fetch."""
