"""HTTP: routes, wire schemas, problems, limits, WebSockets, files. Knows no engine and no actor."""
