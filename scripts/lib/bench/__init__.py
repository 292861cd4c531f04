"""What ``scripts/bench/APP`` runs, a package for each application."""
