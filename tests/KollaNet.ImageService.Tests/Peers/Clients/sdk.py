"""Uses an image service through openstacksdk, and shows what came back. sdk.py URL TOKEN: the token is an administrator's; no Keystone is asked."""
import hashlib
import os
import sys
import tempfile
import time

import openstack
from openstack import exceptions

URL, TOKEN = sys.argv[1:]
os.chdir(tempfile.mkdtemp())
cloud = openstack.connection.Connection(auth_type="admin_token", auth={"endpoint": URL, "token": TOKEN}, image_endpoint_override=URL, image_api_version="2")
images = cloud.image
DATA = bytes(range(256)) * 4097


def show(what, value):
    if hasattr(value, "to_dict"):
        value = {key: kept for key, kept in sorted(value.to_dict().items()) if kept is not None and key != "location"}
    print(f"{what}: {value}", flush=True)


def refused(what, call, *args, **named):
    try:
        call(*args, **named)
        print(f"{what}: was not refused", flush=True)
    except exceptions.SDKException as refusal:
        print(f"{what}: {type(refusal).__name__} {getattr(refusal, 'status_code', '')}", flush=True)


with open("disk.raw", "wb") as disk:
    disk.write(DATA)

show("nothing by that name", images.find_image("sdk"))
image = images.create_image("sdk", filename="disk.raw", disk_format="raw", container_format="bare", validate_checksum=True, wait=True, tags=["t"], hw_vif_model="virtio")
image = images.get_image(image.id)
show("created", image)
show("checksum agrees", image.checksum == hashlib.md5(DATA).hexdigest() and image.hash_value == hashlib.sha512(DATA).hexdigest())
show("found by name", images.find_image("sdk").id == image.id)
show("the same again is not uploaded", images.create_image("sdk", filename="disk.raw", disk_format="raw", container_format="bare", wait=True).id == image.id)
stream = images.download_image(image, stream=True)
show("downloaded", hashlib.sha256(b"".join(stream.iter_content(65536))).hexdigest() == hashlib.sha256(DATA).hexdigest())
show("updated", images.update_image(image, name="renamed", min_ram=64, custom="x"))
images.add_tag(image, "u")
images.remove_tag(image, "t")
show("tags", sorted(images.get_image(image.id).tags))
images.deactivate_image(image)
show("status", images.get_image(image.id).status)
images.reactivate_image(image)
images.update_image(image, visibility="shared")
show("member", images.add_member(image, member_id="p2"))
show("member", images.update_member("p2", image, status="accepted"))
show("members", [member.member_id for member in images.members(image)])
images.remove_member("p2", image)
show("pages", sorted(one.name for one in images.images(limit=1)))
show("hidden", [one.name for one in images.images(os_hidden=True)])
refused("an unknown format", images.create_image, "bad", disk_format="floppy", container_format="bare")
refused("an image that is not there", images.get_image, "00000000-0000-0000-0000-000000000000")

staged = images.create_image("staged", disk_format="raw", container_format="bare")
images.stage_image(staged, filename="disk.raw")
show("staged", images.get_image(staged.id).status)
images.import_image(staged, method="glance-direct")
for _ in range(300):
    if images.get_image(staged.id).status == "active":
        break
    time.sleep(0.1)
show("imported", images.get_image(staged.id).checksum == image.checksum)
show("import info", images.get_import_info().import_methods)
show("stores", [store.id for store in images.stores()])
show("tasks", [(task.type, task.status) for task in images.tasks()])
for name in ("get_images_schema", "get_image_schema", "get_members_schema", "get_member_schema", "get_tasks_schema", "get_task_schema"):
    show(name, sorted(getattr(images, name)().properties))
if hasattr(images, "create_metadef_namespace"):
    show("namespace", images.create_metadef_namespace(namespace="N", visibility="public"))
    show("namespaces", [one.namespace for one in images.metadef_namespaces()])
    images.delete_metadef_namespace("N")
images.delete_image(staged)
images.delete_image(image)
show("left", [one.name for one in images.images()])
