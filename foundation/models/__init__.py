"""The models behind the slots: for each its requests and results, and a typed client over its handle.

a graph's step or an ingress -> client -> Model.call (any process) -> the deployment's method of the same name
"""
