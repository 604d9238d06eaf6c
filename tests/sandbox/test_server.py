import socket
import threading
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.errors import SandboxError
from sandbox.listener import Listener
from sandbox.wire import Answer

ONCE = Config(retries={"total_max_attempts": 1})


def impatient(sandbox, service, account="source", region="us-west-2"):
    """A client that does not retry, so that a test sees each answer."""
    return sandbox.session(account).client(service, region, endpoint_url=sandbox.endpoint_url, config=ONCE)


def no_answer(environ):
    return None


def test_accounts_and_regions_are_separate(sandbox):
    """It should show a resource in its account and Region only."""
    sandbox.client("sqs", "source", "us-west-1").create_queue(QueueName="here")
    for account, region in [("source", "us-west-2"), ("target", "us-west-1")]:
        assert "QueueUrls" not in sandbox.client("sqs", account, region).list_queues()
    assert len(sandbox.client("sqs", "source", "us-west-1").list_queues()["QueueUrls"]) == 1


def test_assumed_role_is_the_callers_identity(sandbox):
    """It should name account and session of an assumed role."""
    identity = sandbox.client("sts", "target").get_caller_identity()
    assert identity["Account"] == "222222222222"
    assert identity["Arn"] == "arn:aws:sts::222222222222:assumed-role/switchyard-target/sandbox"


def test_credentials_outlive_a_reset(sandbox):
    """It should keep the identity of a role session when all resources are dropped."""
    sandbox.client("sts", "target").get_caller_identity()
    sandbox.reset()
    assert sandbox.client("sts", "target").get_caller_identity()["Account"] == "222222222222"


@pytest.mark.parametrize("key", ["sandbox", "AKIAIOSFODNN7EXAMPLE", "ASIA-not-one"])
def test_unknown_access_keys_belong_to_the_default_account(sandbox, key):
    """It should take a key that nobody issued for one of moto's default account."""
    sts = boto3.client(
        "sts",
        "us-west-2",
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
    )
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_secrets_are_kept_per_account_and_region(sandbox):
    """It should read a secret back where it was made and nowhere else."""
    sandbox.client("secretsmanager", "source", "us-west-2").create_secret(Name="a/b", SecretString="source")
    sandbox.client("secretsmanager", "target", "us-west-1").create_secret(Name="a/b", SecretString="target")
    for account, region in [("source", "us-west-2"), ("target", "us-west-1")]:
        secrets = sandbox.client("secretsmanager", account, region)
        assert secrets.get_secret_value(SecretId="a/b")["SecretString"] == account
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sandbox.client("secretsmanager", "target", "us-west-2").get_secret_value(SecretId="a/b")


def test_call_log(sandbox):
    """It should log every call with its operation, account, Region, time, status and error."""
    before = sandbox.clock.now()
    sandbox.client("rds", "target", "us-west-1").describe_db_clusters()
    sandbox.client("kms").list_keys()
    sandbox.client("s3").list_buckets()
    with pytest.raises(ClientError, match="NoSuchBucket"):
        sandbox.client("s3").get_object(Bucket="no-such-bucket", Key="k")
    calls = sandbox.calls()
    assert [(call["service"], call["operation"], call["status"], call["error"]) for call in calls] == [
        ("rds", "DescribeDBClusters", 200, None),
        ("kms", "ListKeys", 200, None),
        ("s3", "ListBuckets", 200, None),
        ("s3", "GetObject", 404, "NoSuchBucket"),
    ]
    assert (calls[0]["account"], calls[0]["region"]) == ("222222222222", "us-west-1")
    assert before <= calls[0]["at"] <= sandbox.clock.now()
    assert len(sandbox.calls("kms:ListKeys")) == len(sandbox.calls("ListKeys", account="111111111111")) == 1
    assert sandbox.calls("ListKeys", region="eu-west-1") == []
    assert sandbox.status()["calls"]["rds:DescribeDBClusters"] == 1


def test_call_log_refuses_unknown_fields(sandbox):
    """It should not answer a question about a field that calls do not have."""
    with pytest.raises(SandboxError, match="no field weather"):
        sandbox.calls(weather="fine")


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("rds", "describe_db_clusters", "Throttling", 400),
        ("kms", "list_keys", "ThrottlingException", 400),
        ("s3", "list_buckets", "SlowDown", 503),
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
    ],
)
def test_throttling_in_every_protocol(sandbox, service, call, code, status):
    """It should answer as the service does when called too often, and act on the next call."""
    sandbox.fault(f"{service}:*", "throttle")
    client = impatient(sandbox, service)
    with pytest.raises(ClientError, match=rf"\({code}\)") as caught:
        getattr(client, call)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(client, call)()


def test_boto3_rides_out_throttling(sandbox):
    """It should be retried by the client's own retries, as on AWS."""
    sandbox.fault("rds:DescribeDBClusters", "throttle", times=2)
    assert sandbox.client("rds").describe_db_clusters()["DBClusters"] == []
    assert [call["fault"] for call in sandbox.calls("DescribeDBClusters")] == ["throttle", "throttle", None]


def test_server_error(sandbox):
    """It should answer 500 without acting."""
    sandbox.fault("sqs:CreateQueue", "server-error")
    with pytest.raises(ClientError, match="An internal error occurred") as caught:
        impatient(sandbox, "sqs").create_queue(QueueName="q")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "QueueUrls" not in sandbox.client("sqs").list_queues()


def test_lost_response_takes_effect(sandbox):
    """It should act, close the connection without an answer, and log status 0."""
    sandbox.fault("sqs:CreateQueue", "lost-response")
    with pytest.raises(ConnectionClosedError, match="closed before we received a valid response"):
        impatient(sandbox, "sqs").create_queue(QueueName="q")
    assert len(sandbox.client("sqs").list_queues()["QueueUrls"]) == 1
    assert [(call["status"], call["fault"]) for call in sandbox.calls("CreateQueue")] == [
        (0, "lost-response")
    ]


def test_slow_answer(sandbox):
    """It should wait and then act."""
    sandbox.fault("sqs:ListQueues", "slow", seconds=0.2)
    started = time.monotonic()
    sandbox.client("sqs").list_queues()
    assert time.monotonic() - started >= 0.2


def test_stale_answer(sandbox):
    """It should say what the same request was last told, only of that request, and only for a while."""
    sqs = sandbox.client("sqs")
    sandbox.fault("sqs:ListQueues", "stale", seconds=60, times=2, after=1)
    assert "QueueUrls" not in sqs.list_queues()
    sqs.create_queue(QueueName="q")
    assert "QueueUrls" not in sqs.list_queues()
    assert len(sqs.list_queues(QueueNamePrefix="q")["QueueUrls"]) == 1
    assert len(sqs.list_queues()["QueueUrls"]) == 1
    assert [call["fault"] for call in sandbox.calls("ListQueues")] == [None, "stale", None, None]

    sandbox.clear_faults()
    sandbox.fault("sqs:ListQueues", "stale", seconds=0.001, times=None)
    sqs.create_queue(QueueName="r")
    assert len(sqs.list_queues()["QueueUrls"]) == 2


def test_custom_error(sandbox):
    """It should answer with the code, message and status that were ordered."""
    sandbox.fault(
        "rds:CopyDBClusterSnapshot",
        "error",
        code="SnapshotQuotaExceeded",
        message="Cannot copy more than 20 snapshots across regions",
    )
    with pytest.raises(ClientError, match="Cannot copy more than 20 snapshots") as caught:
        sandbox.client("rds").copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier="a", TargetDBClusterSnapshotIdentifier="b"
        )
    assert caught.value.response["Error"]["Code"] == "SnapshotQuotaExceeded"


def test_fault_of_one_account_spares_the_other(sandbox):
    """It should strike in the account named only."""
    sandbox.fault("sqs:ListQueues", "throttle", account="222222222222", times=None)
    impatient(sandbox, "sqs", "source").list_queues()
    with pytest.raises(ClientError, match="Rate exceeded"):
        impatient(sandbox, "sqs", "target").list_queues()
    assert [(rule["seen"], rule["hits"]) for rule in sandbox.faults()] == [(1, 1)]
    sandbox.clear_faults()
    impatient(sandbox, "sqs", "target").list_queues()


def test_impossible_fault_is_refused(sandbox):
    """It should say what is wrong with a rule that was posted."""
    with pytest.raises(SandboxError, match="unknown kind 'explode'"):
        sandbox.fault("rds:*", "explode")
    with pytest.raises(SandboxError, match="unexpected keyword argument 'colour'"):
        sandbox.fault("rds:*", "throttle", colour="red")


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [("rds", "describe_reserved_db_instances", {}), ("braket", "search_jobs", {"filters": []})],
)
def test_what_is_not_done_says_so(sandbox, service, call, arguments):
    """It should name an operation or service that it does not do, and not pretend."""
    with pytest.raises(ClientError, match=f"The sandbox does not do {service}:") as caught:
        getattr(impatient(sandbox, service), call)(**arguments)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_internal_error_is_loud(sandbox, monkeypatch, caplog):
    """It should answer 500 InternalFailure, log the traceback and count it."""
    from moto.sqs.models import SQSBackend

    def broken(self, queue_name_prefix):
        raise KeyError("a bug")

    monkeypatch.setattr(SQSBackend, "list_queues", broken)
    with pytest.raises(
        ClientError, match="The sandbox failed in sqs:ListQueues: KeyError: 'a bug'"
    ) as caught:
        impatient(sandbox, "sqs").list_queues()
    assert caught.value.response["Error"]["Code"] == "InternalFailure"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert sandbox.status()["internal_errors"]["count"] == 1
    assert "Traceback" in caplog.text
    sandbox.server.errors.clear()


def test_connections_are_kept_alive(sandbox):
    """It should answer several requests on one connection."""
    address = sandbox.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=60) as connection:
        for _ in range(2):
            connection.sendall(b"GET /_sandbox/status HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"Connection: close" not in answer


def test_chunked_and_empty_bodies(sandbox):
    """It should take a body of unknown length, and none at all."""
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="some-bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})

    address = sandbox.endpoint_url.removeprefix("http://").split(":")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "some-bucket", "Key": "k"})
    path = url.removeprefix(sandbox.endpoint_url)
    request = f"PUT {path} HTTP/1.1\r\nHost: sandbox\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((address[0], int(address[1])), timeout=60) as connection:
        connection.sendall(request.encode() + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert s3.get_object(Bucket="some-bucket", Key="k")["Body"].read() == b"abcde"
    s3.put_object(Bucket="some-bucket", Key="empty")
    assert s3.head_object(Bucket="some-bucket", Key="empty")["ContentLength"] == 0
    assert sandbox.calls("s3:PutObject", account="111111111111")[0]["status"] == 200


def test_many_clients_at_once(sandbox):
    """It should answer parallel calls without losing one."""
    sqs = sandbox.client("sqs")

    def work(number):
        sqs.create_queue(QueueName=f"q{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sqs.list_queues()["QueueUrls"]) == 20


def test_reset_forgets_everything_but_the_server(sandbox):
    """It should drop resources, faults, calls and changed timing, quickly."""
    sandbox.client("sqs").create_queue(QueueName="q")
    sandbox.fault("sqs:*", "throttle", after=100)
    sandbox.set_clock(manual=True)
    sandbox.advance(86400)
    sandbox.durations({"cluster.rename": 5})
    started = time.monotonic()
    sandbox.reset()
    assert time.monotonic() - started < 0.5
    status = sandbox.status()
    assert status["faults"] == []
    assert status["calls"] == {}
    assert status["clock"]["manual"] is False
    assert abs(status["clock"]["now"] - time.time()) < 5
    assert status["durations"]["cluster.rename"] == 0
    assert "QueueUrls" not in sandbox.client("sqs").list_queues()


def test_clock_and_durations_can_be_steered(sandbox):
    """It should stop, advance and speed up the clock, and set durations by name or profile."""
    sandbox.set_clock(manual=True)
    now = sandbox.clock.now()
    assert sandbox.advance(3600) == now + 3600 == sandbox.status()["clock"]["now"]
    assert sandbox.durations({"cluster.rename": 5})["cluster.rename"] == 5
    assert sandbox.durations(profile="interactive")["cluster.rename"] == 0.4
    with pytest.raises(SandboxError, match="unknown transitions"):
        sandbox.durations({"cluster.explode": 5})


def test_control_api_names_its_resources(sandbox):
    """It should list what there is when asked for what there is not."""
    with pytest.raises(SandboxError, match=r"no GET /_sandbox/weather; there are GET /_sandbox/status, "):
        sandbox._ask("GET", "weather")


def test_taken_port_is_one_clear_message(sandbox):
    """It should name the port and the way out."""
    port = int(sandbox.endpoint_url.rpartition(":")[2])
    with pytest.raises(SandboxError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*--port"):
        Listener(no_answer, port)


def test_closed_server_cuts_its_connections():
    """It should end established connections when it closes, as the end of a process would."""
    listener = Listener(lambda _: Answer(200, (), b""))
    listener.start()
    host, port = listener.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        listener.close()
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError, match="refused"):
        socket.create_connection((host, int(port)), timeout=60)


def test_surroundings_do_not_lead_clients_astray(sandbox, monkeypatch):
    """It should reach the sandbox whatever profile, endpoint or proxy the environment names."""
    from sandbox.client import Sandbox

    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    fresh = Sandbox(sandbox.endpoint_url)
    assert fresh.client("sts", "target").get_caller_identity()["Account"] == "222222222222"
    assert fresh.status()["endpoint_url"] == sandbox.endpoint_url


@pytest.mark.parametrize(
    ("what", "body", "problem"),
    [
        ("seed", {}, "the body must be a JSON object of name"),
        ("state", {"kind": "db_cluster"}, "object of kind, account, region, identifier, status"),
        ("clock", {"scale": 0}, "it must be above 0"),
        ("clock", {"advance": -1}, "does not run backwards"),
        ("clock", {"advance": "soon"}, "not supported between"),
        ("durations", {"profile": "slow"}, "unknown durations profile"),
        ("faults", [], "the body must be a JSON object"),
    ],
)
def test_control_api_refuses_what_does_not_fit(sandbox, what, body, problem):
    """It should answer 400 with what is wrong, and count no error of its own."""
    with pytest.raises(SandboxError, match=problem):
        sandbox._ask("POST", what, body)
    assert sandbox.status()["internal_errors"]["count"] == 0


def test_status_of_a_resource_can_be_forced(sandbox):
    """It should say where there is no such resource to put into a status."""
    with pytest.raises(SandboxError, match="there is no db_cluster orders in account 111111111111"):
        sandbox.force_status("db_cluster", "orders", "failed", account="111111111111", region="us-west-2")
