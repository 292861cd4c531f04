"""How much memory models take, computed from their real configurations, with neither weights nor a device."""
