"""An S3 server with the files of one folder in a bucket: prints its port, ends when its input does."""

import os
import sys
import threading

import boto3
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

folder = sys.argv[1]
# Connections stay open between requests, as those of real stores.
MotoRequestHandler.protocol_version = "HTTP/1.1"
app = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()

s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{server.port}",
    region_name="us-east-1",
    aws_access_key_id="id",
    aws_secret_access_key="secret",
)
s3.create_bucket(Bucket="films")
for path, _, names in os.walk(folder):
    for name in names:
        file = os.path.join(path, name)
        key = "of this year/" + os.path.relpath(file, folder)
        # Not `upload_file`: in parts, an entity tag is another one.
        with open(file, "rb") as body:
            s3.put_object(Bucket="films", Key=key, Body=body)
print(server.port, flush=True)
sys.stdin.read()
os._exit(0)
