"""The panels about the work of Koma itself: jobs, manga, samplers, Google."""

from foundation.metrics import (
    BATCH_ROWS,
    CALL_TIME,
    COST,
    FRAMES,
    IMAGES,
    JOB_SECONDS,
    JOB_WAIT,
    JOBS_ENDED,
    JOBS_QUEUED,
    JOBS_RUNNING,
    LEASES_LOST,
    MODEL_CALLS,
    PANEL_TIME,
    QUEUE_AGE,
    RATE_LIMITS,
    RUNS_ACTIVE,
    RUNS_WAITING,
    SAMPLER_STEP,
    STEP_RETRIES,
    STEP_TIME,
    TOKENS,
)
from scripts.lib.dashboard.shapes import (
    OF_APPLICATIONS,
    OF_APPS,
    WANTED,
    DashboardPanel,
    DashboardRow,
    PromQuery,
    exported,
    highest,
    quantiles,
    rate,
    summed,
)

GLANCE = DashboardRow(
    "At a glance",
    (
        DashboardPanel(
            "Jobs in the queue",
            "Accepted, and not yet taken by a worker, over the chosen applications.",
            "short",
            (PromQuery(f"sum({highest(JOBS_QUEUED, 'app', OF_APPS)})", ""),),
            kind="stat",
            width=4,
            limits=((50, "orange"), (150, "red")),
        ),
        DashboardPanel(
            "Longest wait now",
            "How long the first job of a queue has waited. It grows while no worker takes jobs.",
            "s",
            (PromQuery(f"max({exported(QUEUE_AGE)}{{{OF_APPS}}})", ""),),
            kind="stat",
            width=4,
            limits=((60, "orange"), (300, "red")),
        ),
        DashboardPanel(
            "Jobs at work",
            "Jobs that workers drive now.",
            "short",
            (PromQuery(f"sum({exported(JOBS_RUNNING)}{{{OF_APPS}}})", ""),),
            kind="stat",
            width=4,
        ),
        DashboardPanel(
            "Failed in an hour",
            "Jobs that ended in failure in the last hour.",
            "short",
            (PromQuery(f'sum(increase({exported(JOBS_ENDED)}{{{OF_APPS}, state="failed"}}[1h])) or vector(0)', ""),),
            kind="stat",
            width=4,
            limits=((1, "orange"), (10, "red")),
        ),
        DashboardPanel(
            "Replicas missing",
            "Wanted by Serve and not healthy, over the chosen applications.",
            "short",
            (
                PromQuery(
                    f"sum({WANTED}) - (sum(ray_serve_deployment_replica_healthy{{{OF_APPLICATIONS}}}) or vector(0))", ""
                ),
            ),
            kind="stat",
            width=4,
            limits=((1, "red"),),
        ),
        DashboardPanel(
            "Google's bill, 24 h",
            "What Google's models cost in the last day, by VERTEX_PRICES.",
            "currencyUSD",
            (PromQuery(f"sum(increase({exported(COST)}[24h])) or vector(0)", ""),),
            kind="stat",
            width=4,
        ),
    ),
)

JOBS = DashboardRow(
    "Jobs",
    (
        DashboardPanel(
            "Queue",
            "Jobs that wait for a worker. If it only grows, look at Jobs at work and at the replicas of Pipeline.",
            "short",
            (PromQuery(highest(JOBS_QUEUED, "app", OF_APPS), "{{app}}"),),
            stacked=True,
        ),
        DashboardPanel(
            "Wait for the first worker",
            "From acceptance until a worker takes the job.",
            "s",
            quantiles(JOB_WAIT, "app", OF_APPS),
        ),
        DashboardPanel(
            "Jobs at work",
            "Jobs that workers drive; a level line at the top is max_jobs times the workers.",
            "short",
            (PromQuery(summed(JOBS_RUNNING, "app", OF_APPS), "{{app}}"),),
            stacked=True,
        ),
        DashboardPanel(
            "Ends a minute",
            "Jobs by how they end.",
            "short",
            (PromQuery(rate(JOBS_ENDED, "app, state", OF_APPS, "minute"), "{{app}} {{state}}"),),
            stacked=True,
        ),
        DashboardPanel(
            "From acceptance to a result",
            "Of completed jobs. A session that waits for a person counts that wait too.",
            "s",
            quantiles(JOB_SECONDS, "app", f'{OF_APPS}, state="completed"'),
        ),
        DashboardPanel(
            "Slowest steps",
            "The 95th percentile of steps and of their items; the ten slowest.",
            "s",
            (PromQuery(f"topk(10, {quantiles(STEP_TIME, 'app, step', OF_APPS)[1].expr})", "{{app}} {{step}}"),),
        ),
        DashboardPanel(
            "Tried again, a minute",
            "Steps that met a lost replica or full models, by the error's code.",
            "short",
            (
                PromQuery(rate(STEP_RETRIES, "app, step, reason", OF_APPS, "minute"), "{{app}} {{step}} {{reason}}"),
                PromQuery(rate(LEASES_LOST, "app", OF_APPS, "minute"), "{{app}} lease lost"),
            ),
            width=12,
        ),
        DashboardPanel(
            "Calls of models",
            "The 95th percentile of a call, from when it may go out to its last answer; the ten slowest.",
            "s",
            (PromQuery(f"topk(10, {quantiles(CALL_TIME, 'model, method')[1].expr})", "{{model}}.{{method}}"),),
            width=12,
        ),
    ),
)

MANGA = DashboardRow(
    "Pictures and manga panels",
    (
        DashboardPanel(
            "Pictures a minute",
            "By application and by who made them; draft needs no weights.",
            "short",
            (PromQuery(rate(IMAGES, "app, engine", OF_APPS, "minute"), "{{app}} {{engine}}"),),
            stacked=True,
        ),
        DashboardPanel(
            "A manga panel",
            "From its plan to its picture, by engine; waits for a free artist and tries of other engines count.",
            "s",
            quantiles(PANEL_TIME, "engine"),
        ),
        DashboardPanel(
            "Frames of films a minute",
            "By engine; a second of film has 30.",
            "short",
            (PromQuery(rate(FRAMES, "engine", "", "minute"), "{{engine}}"),),
        ),
    ),
)

SAMPLERS = DashboardRow(
    "Samplers",
    (
        DashboardPanel(
            "One step",
            "A round of the step batcher: every active run moves by one step. More rows make it longer.",
            "s",
            quantiles(SAMPLER_STEP, "engine", OF_APPLICATIONS),
        ),
        DashboardPanel(
            "Rows of a call",
            "Rows that share one call of the model; a guided picture has two. Near 1 or 2, requests do not meet.",
            "short",
            quantiles(BATCH_ROWS, "engine", OF_APPLICATIONS),
        ),
        DashboardPanel(
            "Runs",
            "Pictures and films in the making, and those that wait for a place.",
            "short",
            (
                PromQuery(summed(RUNS_ACTIVE, "engine", OF_APPLICATIONS), "{{engine}} active"),
                PromQuery(summed(RUNS_WAITING, "engine", OF_APPLICATIONS), "{{engine}} waiting"),
            ),
        ),
    ),
)

GOOGLE = DashboardRow(
    "Google",
    (
        DashboardPanel(
            "Cost an hour",
            "US dollars, by VERTEX_PRICES; a model without a price counts as free.",
            "currencyUSD",
            (PromQuery(rate(COST, "model", "", "hour"), "{{model}}"),),
            stacked=True,
        ),
        DashboardPanel(
            "Tokens a minute",
            "In and out; thoughts count as out.",
            "short",
            (PromQuery(rate(TOKENS, "model, direction", "", "minute"), "{{model}} {{direction}}"),),
        ),
        DashboardPanel(
            "Calls and refusals a minute",
            "Calls that were answered, and those that were refused with 429.",
            "short",
            (
                PromQuery(rate(MODEL_CALLS, "model", "", "minute"), "{{model}}"),
                PromQuery(rate(RATE_LIMITS, "model", "", "minute"), "{{model}} refused"),
            ),
        ),
    ),
)
