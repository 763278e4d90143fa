"""s3.py up|down BUCKET KEY FILE: an S3 client as usual, with parts as large and as many at a time as the image service has them."""
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig

client = boto3.client("s3", endpoint_url=os.environ["S3_URL"], aws_access_key_id=os.environ["S3_ACCESS_KEY"], aws_secret_access_key=os.environ["S3_SECRET_KEY"], region_name="us-east-1")
verb, bucket, key, path = sys.argv[1:]
config = TransferConfig(multipart_threshold=10 << 20, multipart_chunksize=10 << 20, max_concurrency=10)
if verb == "up":
    client.upload_file(path, bucket, key, Config=config)
else:
    with open(path, "wb") as target:
        for block in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
            target.write(block)
