"""Long work as jobs: progress, per-row results, pause, resume after a crash."""
