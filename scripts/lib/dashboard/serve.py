"""The panels about Serve and the nodes below, by metrics of theirs."""

from scripts.lib.dashboard.shapes import (
    OF_APPLICATIONS,
    WANTED,
    WINDOW,
    DashboardPanel,
    DashboardRow,
    PromQuery,
    quantiles,
)

SERVE_METRICS = (
    "ray_serve_autoscaling_target_replicas",
    "ray_serve_deployment_error_counter_total",
    "ray_serve_deployment_processing_latency_ms_bucket",
    "ray_serve_deployment_queued_queries",
    "ray_serve_deployment_replica_healthy",
    "ray_serve_event_loop_scheduling_latency_ms_bucket",
    "ray_serve_http_request_latency_ms_bucket",
    "ray_serve_num_http_error_requests_total",
    "ray_serve_num_http_requests_total",
    "ray_serve_replica_processing_queries",
)
"""Serve's own metrics that the dashboard and the alerts name."""
NODE_METRICS = (
    "ray_node_cpu_utilization",
    "ray_node_gpus_utilization",
    "ray_node_gram_available",
    "ray_node_gram_used",
    "ray_node_mem_total",
    "ray_node_mem_used",
)
"""Those of Ray's nodes."""

# health checks of the proxy are no work
OF_ROUTES = f'{OF_APPLICATIONS}, route!~"/-/.*"'


def _per_second(name: str, by: str, where: str) -> str:
    return f"sum by ({by}) (rate({name}{{{where}}}[{WINDOW}]))"


SERVE = DashboardRow(
    "Serve",
    (
        DashboardPanel(
            "Requests a second",
            "HTTP, without the health checks of the proxy.",
            "reqps",
            (PromQuery(_per_second("ray_serve_num_http_requests_total", "application", OF_ROUTES), "{{application}}"),),
        ),
        DashboardPanel(
            "Answers of 4xx and 5xx a second",
            "HTTP, by status.",
            "reqps",
            (
                PromQuery(
                    _per_second("ray_serve_num_http_error_requests_total", "application, error_code", OF_APPLICATIONS),
                    "{{application}} {{error_code}}",
                ),
            ),
        ),
        DashboardPanel(
            "Time of a request",
            "At the proxy. A stream or a synchronous picture lasts as long as its work.",
            "ms",
            quantiles("ray_serve_http_request_latency_ms", "application", OF_ROUTES),
        ),
        DashboardPanel(
            "Replicas",
            "Healthy ones, and as many as Serve wants: a gap that stays is a replica that cannot start or be placed.",
            "short",
            (
                PromQuery(
                    f"sum by (application, deployment) (ray_serve_deployment_replica_healthy{{{OF_APPLICATIONS}}})",
                    "{{application}}/{{deployment}}",
                ),
                PromQuery(WANTED, "{{application}}/{{deployment}} wanted"),
            ),
        ),
        DashboardPanel(
            "Calls that wait and calls at work",
            "Calls of deployments that no replica has taken yet, and those that replicas work on.",
            "short",
            (
                PromQuery(
                    f"sum by (application, deployment) (ray_serve_deployment_queued_queries{{{OF_APPLICATIONS}}})",
                    "{{application}}/{{deployment}} waiting",
                ),
                PromQuery(
                    f"sum by (application, deployment) (ray_serve_replica_processing_queries{{{OF_APPLICATIONS}}})",
                    "{{application}}/{{deployment}} at work",
                ),
            ),
        ),
        DashboardPanel(
            "Calls that failed in replicas, a second",
            "Errors that reached Serve, by deployment; a cancelled call is one too.",
            "short",
            (
                PromQuery(
                    _per_second("ray_serve_deployment_error_counter_total", "application, deployment", OF_APPLICATIONS),
                    "{{application}}/{{deployment}}",
                ),
            ),
        ),
        DashboardPanel(
            "Time in a replica",
            "The 95th percentile of a call in a replica, without its wait; the ten slowest deployments.",
            "ms",
            (
                PromQuery(
                    "topk(10, "
                    + quantiles(
                        "ray_serve_deployment_processing_latency_ms", "application, deployment", OF_APPLICATIONS
                    )[1].expr
                    + ")",
                    "{{application}}/{{deployment}}",
                ),
            ),
            width=12,
        ),
        DashboardPanel(
            "Blocked event loops",
            "The 95th percentile of the delay of a replica's loop. Hundreds of milliseconds: something blocks it.",
            "ms",
            (
                PromQuery(
                    "topk(10, "
                    + quantiles(
                        "ray_serve_event_loop_scheduling_latency_ms", "application, deployment", OF_APPLICATIONS
                    )[1].expr
                    + ")",
                    "{{application}}/{{deployment}}",
                ),
            ),
            width=12,
        ),
    ),
)

NODES = DashboardRow(
    "Nodes",
    (
        DashboardPanel(
            "GPUs",
            "Utilisation of each GPU.",
            "percent",
            (
                PromQuery(
                    "max by (ip, GpuIndex, GpuDeviceName) (ray_node_gpus_utilization)",
                    "{{ip}} {{GpuIndex}} {{GpuDeviceName}}",
                ),
            ),
        ),
        DashboardPanel(
            "GPU memory",
            "The share of each GPU's memory in use. Fractions of a GPU are bookkeeping: only this tells what is taken.",
            "percentunit",
            (
                PromQuery(
                    "max by (ip, GpuIndex) (ray_node_gram_used / (ray_node_gram_used + ray_node_gram_available))",
                    "{{ip}} {{GpuIndex}}",
                ),
            ),
        ),
        DashboardPanel(
            "CPU and memory",
            "Of each node. Ray ends workers when memory is nearly full.",
            "percentunit",
            (
                PromQuery("max by (ip) (ray_node_cpu_utilization) / 100", "{{ip}} CPU"),
                PromQuery("max by (ip) (ray_node_mem_used / ray_node_mem_total)", "{{ip}} memory"),
            ),
        ),
    ),
)
