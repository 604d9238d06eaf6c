"""World "products": a shop whose product search takes its synonyms from a database.

One account in one Region runs the cluster `catalog` and its PostgreSQL twin `catalog-pg`, each with the table of
synonyms, a bucket for what is published, and the OpenSearch domain `products`, which has no package and no index.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed import shop
from sandbox.seed.worlds.cluster import Cluster
from sandbox.seed.worlds.place import Place, allow, found, policy
from sandbox.seed.worlds.server import Plan, connection

REGION = "us-west-2"
PLANS: dict[shop.EngineName, Plan] = {
    "mysql": Plan("catalog", "aurora-mysql"),
    "postgres": Plan("catalog-pg", "aurora-postgresql"),
}
DATABASE = "shop"
BUCKET = f"switchyard-search-{settings.ACCOUNTS['source']}"
DOMAIN = "products"
ENGINE_VERSION = "OpenSearch_2.17"
ROLE = {"AWS": settings.ROLES[settings.ACCOUNTS["source"]]}


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    status = sandbox.status()
    if status["ports"] and (problems := programs.problems()):
        raise SandboxError("\n".join(problems))
    place = Place(sandbox, "source", REGION, made)
    key = place.key("alias/switchyard-catalog", "Data of the shop")
    with ThreadPoolExecutor(max_workers=3) as pool:
        work = [pool.submit(_domain, place)]
        work += [pool.submit(_database, place, engine, key, status["ca_bundle"]) for engine in PLANS]
        _bucket(place)
        for part in work:
            part.result()


def _database(place: Place, engine: shop.EngineName, key: str, ca_bundle: str | None) -> None:
    """Make a cluster with its login and its table; where no servers stand behind the sandbox, without table."""
    plan = PLANS[engine]
    fresh = {"username": "switchyard", "password": secrets.token_urlsafe(24), "dbname": DATABASE}
    login = place.secret(f"switchyard/{plan.name}/login", fresh, f"Login to the database of {plan.name}")
    cluster = Cluster(place, plan, key, login)
    cluster.create()
    if ca_bundle and shop.load(connection(cluster, ca_bundle), engine):
        place.note(f"table {shop.TABLES[engine]} in {plan.name}")


def _bucket(place: Place) -> None:
    """Make the private bucket for published files; the service that reads them needs SSE-S3."""
    s3 = place.client("s3")
    if found(lambda: s3.head_bucket(Bucket=BUCKET), "404") is not None:
        return
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": place.region})
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    place.keep_versions(BUCKET, days=30)
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    arn = f"arn:aws:s3:::{BUCKET}"
    plain = allow("s3:*", [arn, f"{arn}/*"], {"AWS": "*"}, {"Bool": {"aws:SecureTransport": "false"}})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(plain | {"Effect": "Deny"}))
    place.note(f"bucket {BUCKET}")


def _domain(place: Place) -> None:
    """Make the domain, which only the pipelines' role may reach, and wait until it answers."""
    search = place.client("opensearch")
    if found(lambda: search.describe_domain(DomainName=DOMAIN), "ResourceNotFoundException") is None:
        reachable = allow("es:ESHttp*", f"{place.arn('es', f'domain/{DOMAIN}')}/*", ROLE)
        search.create_domain(
            DomainName=DOMAIN,
            EngineVersion=ENGINE_VERSION,
            ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 1},
            EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10},
            AccessPolicies=policy(reachable),
            EncryptionAtRestOptions={"Enabled": True},
            NodeToNodeEncryptionOptions={"Enabled": True},
            DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
            TagList=[{"Key": "owner", "Value": "search-team"}],
        )
        place.note(f"domain {DOMAIN}")
    states = {"Active": "available", "Isolated": "failed"}

    def look() -> str:
        status = str(search.describe_domain(DomainName=DOMAIN)["DomainStatus"]["DomainProcessingStatus"])
        return states.get(status, status.lower())

    place.wait(f"domain {DOMAIN}", look)
