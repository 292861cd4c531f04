"""The commands that README and docs show, and the test that runs each."""

import re

from deployments.cluster import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
RUN_BY_CI = {"./scripts/check", "./scripts/test"}
RUN_ELSEWHERE = {
    "./scripts/bench/manga": "tests/unit/test_bench.py",
    "./scripts/bench/inpaint": "tests/unit/inpaint/test_bench.py",
    "./scripts/bench/style": "tests/unit/style/test_bench_style.py",
    "./scripts/bench/framepack": "tests/unit/framepack/engine/test_bench_framepack.py",
    "./scripts/make_dashboard": "tests/unit/deploy/test_watching.py",
    "./scripts/make_tiny_models framepack": "tests/unit/framepack/engine/conftest.py",
    "./scripts/doctor": "tests/unit/doctor/test_shown.py",
    "./scripts/plan": "tests/unit/graphs/test_capacity.py",
    "./scripts/make_secrets": "tests/unit/deploy/test_compose.py",
    "./scripts/make_secrets cloud": "tests/unit/deploy/test_compose.py",
    "./scripts/make_rayservice": "tests/unit/deploy/test_rayservice.py",
    "./scripts/migrate": "tests/unit/test_scripts.py",
    "./scripts/serve serve_config.gpu1.yaml": "tests/unit/graphs/test_serve_configs.py",
    "./scripts/fetch_models lama": "tests/unit/inpaint/test_fetch_models.py",
}
COMPOSE, KUBERNETES = "tests/unit/deploy/test_compose.py", "tests/unit/deploy/test_rayservice.py"
# docs/how-to/deploy.md says so; the tests look at the files that these take
NEEDS_A_CLOUD = {
    "./scripts/deploy": "tests/unit/deploy/test_cluster_yaml.py",
    "./scripts/deploy update": "tests/unit/deploy/test_cluster_yaml.py",
    "docker compose -f deploy/compose.yaml up -d --build": COMPOSE,
    "docker compose -f deploy/compose.yaml -f deploy/compose.gpu.yaml up -d --build": COMPOSE,
    "kubectl -n koma create secret generic koma-env --from-env-file=deploy/secrets/env": COMPOSE,
    "kubectl -n koma create secret generic koma-redis --from-file=password=deploy/secrets/redis_password": (COMPOSE),
    "kubectl -n koma wait --for=condition=complete job/migrate job/fill-models --timeout=60m": (KUBERNETES),
    **{
        f"kubectl apply -f deploy/kuberay/{name}.yaml": KUBERNETES
        for name in ("base", "redis", "fill-models", "migrate", "rayservice")
    },
    # the services that these name are those of compose.yaml
    **{
        f"docker compose -f deploy/compose.yaml {rest}": COMPOSE
        for rest in (
            "exec -T postgres pg_dump -U koma -Fc koma > koma.dump",
            "cp garage:/var/lib/garage garage-backup",
            "stop koma",
            "exec -T postgres pg_restore -U koma -d koma --clean --if-exists < koma.dump",
            "start koma",
        )
    },
}
SERVE_STATUS = "PYTHONPATH=. RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=data/ray_token .venv/bin/serve status"
RUN_HERE = {
    SERVE_STATUS,
    "./scripts/demo",
    "./scripts/serve",
    "./scripts/status",
    "./scripts/fetch_models",
    "./scripts/setup dev",
    "./scripts/test tests/unit",
    ".venv/bin/alembic upgrade head",
    '.venv/bin/alembic revision --autogenerate -m "what changes"',
}


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def shell_lines():
    for page in PAGES:
        for block in blocks(page, "bash"):
            yield from (line for line in block.replace("\\\n", " ").splitlines() if line)
