"""What KubeRay 1.5 and the Compose specification take, as far as our files go; written down from their references.

Unknown names are errors here as they are there: a slip of the pen must not wait for a cluster to be found.
"""

STRING, INTEGER, BOOLEAN = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
STRINGS = {"type": "object", "additionalProperties": STRING}
LIST = {"type": "array", "items": STRING, "minItems": 1}


def thing(required=(), **properties):
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def several(items):
    return {"type": "array", "items": items, "minItems": 1}


def one_of(*values):
    return {"enum": list(values)}


# --- Kubernetes: the part of a pod that is used
QUANTITIES = {"type": "object", "additionalProperties": {"type": "string", "pattern": r"^\d+(m|Mi|Gi)?$"}}
RESOURCES = thing(requests=QUANTITIES, limits=QUANTITIES)
KEY_OF_SECRET = thing(["secretKeyRef"], secretKeyRef=thing(["name", "key"], name=STRING, key=STRING))
SELECTOR = thing(["matchLabels"], matchLabels=STRINGS)
CONTAINER = thing(
    ["name", "image", "resources"],
    name=STRING,
    image=STRING,
    ports=several(thing(["containerPort"], containerPort=INTEGER, name={"type": "string", "maxLength": 15})),
    env=several(thing(["name"], name=STRING, value=STRING, valueFrom=KEY_OF_SECRET)),
    envFrom=several(thing(secretRef=thing(["name"], name=STRING), configMapRef=thing(["name"], name=STRING))),
    resources=RESOURCES,
    volumeMounts=several(thing(["name", "mountPath"], name=STRING, mountPath=STRING, readOnly=BOOLEAN)),
)
POD = thing(
    ["containers"],
    containers=several(CONTAINER),
    volumes=several(
        thing(
            ["name"],
            name=STRING,
            persistentVolumeClaim=thing(["claimName"], claimName=STRING, readOnly=BOOLEAN),
            emptyDir=thing(medium=one_of("Memory", ""), sizeLimit=STRING),
        )
    ),
    restartPolicy=one_of("Always", "OnFailure", "Never"),
    terminationGracePeriodSeconds=INTEGER,
    securityContext=thing(runAsNonRoot=BOOLEAN, runAsUser=INTEGER, runAsGroup=INTEGER, fsGroup=INTEGER),
    nodeSelector=STRINGS,
    tolerations=several(
        thing(
            key=STRING,
            operator=one_of("Exists", "Equal"),
            value=STRING,
            effect=one_of("NoSchedule", "PreferNoSchedule", "NoExecute"),
        )
    ),
    topologySpreadConstraints=several(
        thing(
            ["maxSkew", "topologyKey", "whenUnsatisfiable"],
            maxSkew=INTEGER,
            topologyKey=STRING,
            whenUnsatisfiable=one_of("DoNotSchedule", "ScheduleAnyway"),
            labelSelector=SELECTOR,
        )
    ),
)
TEMPLATE = thing(["spec"], metadata=thing(labels=STRINGS, annotations=STRINGS), spec=POD)

# --- KubeRay
CREDENTIAL = thing(value=STRING, valueFrom=KEY_OF_SECRET)
WORKERS = thing(
    ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
    groupName=STRING,
    replicas=INTEGER,
    minReplicas=INTEGER,
    maxReplicas=INTEGER,
    numOfHosts=INTEGER,
    idleTimeoutSeconds=INTEGER,
    rayStartParams=STRINGS,
    labels=STRINGS,
    resources=STRINGS,
    template=TEMPLATE,
)
RAY_CLUSTER = thing(
    ["headGroupSpec"],
    rayVersion=STRING,
    authOptions=thing(["mode"], mode=one_of("token", "disabled")),
    gcsFaultToleranceOptions=thing(
        ["redisAddress"],
        redisAddress=STRING,
        redisUsername=CREDENTIAL,
        redisPassword=CREDENTIAL,
        externalStorageNamespace=STRING,
    ),
    enableInTreeAutoscaling=BOOLEAN,
    autoscalerOptions=thing(
        version=one_of("v1", "v2"),
        idleTimeoutSeconds=INTEGER,
        upscalingMode=one_of("Default", "Aggressive", "Conservative"),
        resources=RESOURCES,
    ),
    headGroupSpec=thing(
        ["rayStartParams", "template"], rayStartParams=STRINGS, labels=STRINGS, resources=STRINGS, template=TEMPLATE
    ),
    workerGroupSpecs=several(WORKERS),
)
METADATA = thing(["name"], name=STRING, namespace=STRING, labels=STRINGS, annotations=STRINGS)


def kind(api, name, spec):
    return thing(
        ["apiVersion", "kind", "metadata", "spec"],
        apiVersion={"const": api},
        kind={"const": name},
        metadata=METADATA,
        spec=spec,
    )


KINDS = {
    "RayService": kind(
        "ray.io/v1",
        "RayService",
        thing(["rayClusterConfig", "serveConfigV2"], rayClusterConfig=RAY_CLUSTER, serveConfigV2=STRING),
    ),
    "PodDisruptionBudget": kind(
        "policy/v1",
        "PodDisruptionBudget",
        thing(["selector"], minAvailable=INTEGER, maxUnavailable=INTEGER, selector=SELECTOR),
    ),
    "PersistentVolumeClaim": kind(
        "v1",
        "PersistentVolumeClaim",
        thing(
            ["accessModes", "resources"],
            accessModes=several(one_of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")),
            resources=RESOURCES,
            storageClassName=STRING,
        ),
    ),
}

# --- Compose
DURATION = {"type": "string", "pattern": r"^(\d+(ms|s|m|h))+$"}
CONDITION = thing(
    ["condition"], condition=one_of("service_started", "service_healthy", "service_completed_successfully")
)
COMPOSE_SERVICE = thing(
    ["image"],
    image=STRING,
    build=thing(["context"], context=STRING, dockerfile=STRING, args=STRINGS, target=STRING),
    command=LIST,
    ports=LIST,
    environment=STRINGS,
    volumes=LIST,
    shm_size=STRING,
    init=BOOLEAN,
    restart=one_of("no", "always", "on-failure", "unless-stopped"),
    stop_grace_period=DURATION,
    depends_on={"type": "object", "additionalProperties": CONDITION},
    healthcheck=thing(["test"], test=LIST, interval=DURATION, timeout=DURATION, retries=INTEGER, start_period=DURATION),
)
COMPOSE = thing(
    ["name", "services", "volumes"],
    name={"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
    services={"type": "object", "additionalProperties": COMPOSE_SERVICE},
    volumes={"type": "object", "additionalProperties": {"type": ["object", "null"]}},
)
