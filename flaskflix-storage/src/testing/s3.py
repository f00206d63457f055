"""An S3 server for one test run: prints its port, does what its input says, ends when its input does.

A line of input is a bucket, a key and a file, with tabs between them: the file is put there. Without a file the object is removed.
An empty line asks how many requests there were. Each line is answered by one.
"""

import itertools
import os
import sys
import threading

import boto3
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

# Connections stay open between requests, as those of real stores.
MotoRequestHandler.protocol_version = "HTTP/1.1"
app = DomainDispatcherApplication(create_backend_app)
requests = itertools.count()


def counted(environ, start_response):
    next(requests)
    return app(environ, start_response)


server = make_server("127.0.0.1", 0, counted, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()

s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{server.port}",
    region_name="us-east-1",
    aws_access_key_id="id",
    aws_secret_access_key="secret",
)
print(server.port, flush=True)
asked = 0
for line in sys.stdin:
    if line == "\n":
        # Looking counts, too.
        print(next(requests) - asked, flush=True)
        asked += 1
        continue
    bucket, key, file = line.rstrip("\n").split("\t")
    try:
        s3.create_bucket(Bucket=bucket)
        if file:
            # Not `upload_file`: in parts, an entity tag is another one.
            with open(file, "rb") as body:
                s3.put_object(Bucket=bucket, Key=key, Body=body)
        else:
            s3.delete_object(Bucket=bucket, Key=key)
        print("done", flush=True)
    except Exception as error:
        print(" ".join(str(error).split()), flush=True)
os._exit(0)
