"""The Grafana dashboard of the house, from a declared list of panels."""
