"""ComfyUI servers as one engine.

ComfyCluster   picks a server, tries another when one fails
  └ Server     one server: upload, submit, follow, fetch, cancel
      ├ Connection  requests and the socket
      └ events      messages of the socket, told apart by prompt id
"""

from engines.comfycluster.cluster import ComfyCluster

__all__ = ["ComfyCluster"]
