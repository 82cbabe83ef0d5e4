#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the official Databricks SDK for Python whether the simulator is a workspace.

The SDK (databricks-sdk 0.156.0) is used as it comes: it discovers, signs in, pages and parses by itself. It signs in by
client secret and by personal access token, and with each walks through serving endpoints, their permissions, and the
directory. Exit status 0 only if every answer was right.

usage: official_sdk_check.py --url http://127.0.0.1:PORT --client ID:SECRET --token T
"""

import argparse
import os
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import (
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceDoesNotExist,
)
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.serving import (
    EndpointStateConfigUpdate,
    EndpointStateReady,
    EndpointTag,
    ServingEndpointAccessControlRequest,
    ServingEndpointPermissionLevel,
)

ENDPOINT = "fraud-scoring"
GROUP = "risk-analysts"
Level = ServingEndpointPermissionLevel


class Check:
    """Counts what was asked and prints what was wrong."""

    def __init__(self):
        self.asked = 0
        self.wrong = 0

    def that(self, truth, what):
        self.asked += 1
        if not truth:
            self.wrong += 1
            print(f"WRONG: {what}", file=sys.stderr)

    def equal(self, have, want, what):
        self.that(have == want, f"{what}: {have!r}, expected {want!r}")

    def raises(self, kind, call, text, what):
        try:
            call()
        except kind as error:
            self.that(text in str(error), f"{what}: {error}")
        except Exception as error:  # another kind is as wrong as none
            self.that(False, f"{what}: {type(error).__name__}: {error}")
        else:
            self.that(False, f"{what}: nothing was raised")


def levels(permissions):
    """{principal: level} of what the SDK made of an access list."""
    out = {}
    for line in permissions.access_control_list:
        name = line.user_name or line.group_name or line.service_principal_name
        out[name] = line.all_permissions[0].permission_level
    return out


def check_serving(check, workspace):
    listed = {endpoint.name: endpoint for endpoint in workspace.serving_endpoints.list()}
    for name in ("fraud-scoring", "churn", "optimised-llm"):
        check.that(name in listed, f"{name} is listed")
    endpoint = workspace.serving_endpoints.get(ENDPOINT)
    check.equal(endpoint.id, listed[ENDPOINT].id, "id in list and get")
    check.equal(endpoint.state.ready, EndpointStateReady.READY, "ready")
    check.equal(endpoint.state.config_update, EndpointStateConfigUpdate.NOT_UPDATING, "config_update")
    check.equal(endpoint.permission_level.value, "CAN_MANAGE", "permission_level of the caller")
    check.equal(endpoint.config.traffic_config.routes[0].traffic_percentage, 100, "traffic of the only entity")
    optimised = workspace.serving_endpoints.get("optimised-llm")
    check.that(optimised.route_optimized, "optimised-llm is route optimised")
    check.that(optimised.endpoint_url.endswith("/serving-endpoints/optimised-llm/invocations"), "endpoint_url")
    check.raises(
        (NotFound, ResourceDoesNotExist),
        lambda: workspace.serving_endpoints.get("nothing"),
        "Endpoint with name 'nothing' does not exist.",
        "get of a missing endpoint",
    )
    check.raises(
        PermissionDenied,
        lambda: workspace.serving_endpoints.get("private-model"),
        "User does not have permission 'View' on Endpoint private-model",
        "get of a hidden endpoint",
    )
    tags = workspace.serving_endpoints.patch(ENDPOINT, add_tags=[EndpointTag(key="sdk", value="yes")])
    check.that("sdk" in [tag.key for tag in tags.tags], "added tag")
    tags = workspace.serving_endpoints.patch(ENDPOINT, delete_tags=["sdk"])
    check.that("sdk" not in [tag.key for tag in tags.tags], "deleted tag")
    answer = workspace.serving_endpoints.query(ENDPOINT, dataframe_records=[{"amount": 1}, {"amount": 2}])
    check.equal(len(answer.predictions), 2, "predictions")


def check_permissions(check, workspace, me):
    api = workspace.serving_endpoints
    endpoint_id = api.get(ENDPOINT).id
    mine = ServingEndpointAccessControlRequest(service_principal_name=me, permission_level=Level.CAN_MANAGE)
    known = [level.permission_level for level in api.get_permission_levels(endpoint_id).permission_levels]
    check.equal(sorted(level.value for level in known), ["CAN_MANAGE", "CAN_QUERY", "CAN_VIEW"], "levels")

    written = api.set_permissions(
        endpoint_id,
        access_control_list=[
            mine,
            ServingEndpointAccessControlRequest(group_name=GROUP, permission_level=Level.CAN_QUERY),
        ],
    )
    want = {"admins": Level.CAN_MANAGE, me: Level.CAN_MANAGE, GROUP: Level.CAN_QUERY}
    check.equal(levels(written), want, "answer to set")
    check.equal(levels(api.get_permissions(endpoint_id)), want, "permissions after set")
    admins = [line for line in written.access_control_list if line.group_name == "admins"][0]
    check.equal(admins.all_permissions[0].inherited, True, "admins inherit")
    check.equal(admins.all_permissions[0].inherited_from_object, ["/serving-endpoints/"], "admins inherit from the root")

    api.update_permissions(
        endpoint_id,
        access_control_list=[
            ServingEndpointAccessControlRequest(user_name="ALICE@example.com", permission_level=Level.CAN_VIEW)
        ],
    )
    want["alice@example.com"] = Level.CAN_VIEW
    check.equal(levels(api.get_permissions(endpoint_id)), want, "permissions after update")

    generic = workspace.permissions.update(
        "serving-endpoints",
        endpoint_id,
        access_control_list=[
            AccessControlRequest(user_name="bob@example.com", permission_level=PermissionLevel.CAN_QUERY)
        ],
    )
    check.equal(generic.object_type, "serving-endpoint", "object_type of the generic API")
    check.equal(generic.object_id, f"/serving-endpoints/{endpoint_id}", "object_id of the generic API")

    before = levels(api.get_permissions(endpoint_id))
    check.raises(
        (NotFound, ResourceDoesNotExist),
        lambda: api.update_permissions(
            endpoint_id,
            access_control_list=[
                ServingEndpointAccessControlRequest(group_name="data-scientists", permission_level=Level.CAN_QUERY),
                ServingEndpointAccessControlRequest(user_name="nobody@example.com", permission_level=Level.CAN_QUERY),
            ],
        ),
        "Principal: UserName(nobody@example.com) does not exist",
        "an unknown principal",
    )
    check.equal(levels(api.get_permissions(endpoint_id)), before, "nothing applied beside an unknown principal")
    check.raises(
        InvalidParameterValue,
        lambda: api.get_permissions(ENDPOINT),
        "'fraud-scoring' is not a valid Inference Endpoint ID.",
        "a name instead of an id",
    )
    api.set_permissions(endpoint_id, access_control_list=[mine])
    check.equal(levels(api.get_permissions(endpoint_id)), {"admins": Level.CAN_MANAGE, me: Level.CAN_MANAGE}, "reset")


def check_directory(check, workspace, me):
    groups = {group.display_name: group for group in workspace.groups.list()}
    for name in ("admins", "users", GROUP, "data-scientists"):
        check.that(name in groups, f"group {name}")
    check.equal(groups[GROUP].meta.resource_type, "Group", "an account group")
    check.equal(groups["admins"].meta.resource_type, "WorkspaceGroup", "a system group")
    check.equal(workspace.groups.get(groups[GROUP].id).display_name, GROUP, "group by id")
    found = list(workspace.groups.list(filter=f'displayName eq "{GROUP}"'))
    check.equal([group.display_name for group in found], [GROUP], "group by filter")
    principals = {principal.application_id for principal in workspace.service_principals.list()}
    check.that(me in principals, "the caller is among the service principals")
    found = list(workspace.service_principals.list(filter=f'applicationId eq "{me}"'))
    check.equal([principal.application_id for principal in found], [me], "service principal by filter")
    check.equal([principal.id for principal in found], [workspace.current_user.me().id], "id of the caller")
    users = [user.user_name for user in workspace.users.list()]
    check.that("admin@example.com" in users, "admin@example.com is listed")
    found = list(workspace.users.list(filter='userName eq "alice@example.com"'))
    check.equal(len(found), 1, "user by filter")
    check.raises(NotFound, lambda: workspace.groups.get("42"), "Group with id 42 not found.", "a missing group")


def check_refusals(check, url, client_id):
    wrong = WorkspaceClient(config=Config(host=url, token="dapi-wrong", auth_type="pat"))
    check.raises(
        PermissionDenied, lambda: list(wrong.serving_endpoints.list()), "Invalid access token.", "a wrong token"
    )
    # The SDK reports a refused sign-in as a ValueError with the server's description.
    check.raises(
        Exception,
        lambda: WorkspaceClient(
            config=Config(host=url, client_id=client_id, client_secret="wrong", auth_type="oauth-m2m")
        ).current_user.me(),
        "invalid_client",
        "a wrong client secret",
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--client", required=True, help="ID:SECRET")
    parser.add_argument("--token", required=True)
    arguments = parser.parse_args()
    client_id, _, client_secret = arguments.client.partition(":")
    # Nothing of the caller's own Databricks settings may leak in.
    for name in [name for name in os.environ if name.startswith("DATABRICKS_")]:
        del os.environ[name]
    os.environ["DATABRICKS_CONFIG_FILE"] = os.devnull

    check = Check()
    configs = {
        "client secret": Config(
            host=arguments.url, client_id=client_id, client_secret=client_secret, auth_type="oauth-m2m"
        ),
        "token": Config(host=arguments.url, token=arguments.token, auth_type="pat"),
    }
    for how, config in configs.items():
        before = check.wrong
        workspace = WorkspaceClient(config=config)
        check_serving(check, workspace)
        check_permissions(check, workspace, client_id)
        check_directory(check, workspace, client_id)
        print(f"signed in by {how}: {'wrong' if check.wrong > before else 'right'}")
    check_refusals(check, arguments.url, client_id)
    print(f"{check.asked} questions, {check.wrong} wrong answers")
    return 1 if check.wrong or not check.asked else 0


if __name__ == "__main__":
    sys.exit(main())
