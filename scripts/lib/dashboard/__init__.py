"""The Grafana dashboard of Koma, from a declared list of panels."""
