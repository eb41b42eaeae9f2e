"""The Microsoft Graph SDK for Python against a running demo. Run by `cargo xtask clients`."""

import asyncio
import json
import os
import ssl
import unittest
import uuid
from urllib.parse import urlsplit

import httpx
import msal
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.authorization_info import AuthorizationInfo
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User
from msgraph.generated.models.x509_certificate_issuer_hints_state import X509CertificateIssuerHintsState
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph_core import GraphClientFactory

from demo import Demo, read

DEMO = Demo()
GRAPH = DEMO.facts["graph_url"]
PEOPLE = 250


class Tokens(AccessTokenProvider):
    """Tokens of the application that administers the directory."""

    def __init__(self):
        tool = DEMO.application("directory")
        self.app = msal.ConfidentialClientApplication(
            tool["client_id"],
            client_credential=tool["client_secret"],
            authority=DEMO.authority,
            instance_discovery=False,
            verify=DEMO.tls_root,
        )

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.app.acquire_token_for_client([f"{GRAPH}/.default"])["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([urlsplit(GRAPH).hostname])


def client():
    trust = ssl.create_default_context(cafile=DEMO.tls_root)
    base = f"{GRAPH}/v1.0"
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(verify=trust, base_url=base))
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens()), client=http)
    adapter.base_url = base
    return GraphServiceClient(request_adapter=adapter)


def person(name):
    return User(
        account_enabled=True,
        display_name=f"Python {name}",
        mail_nickname=name,
        user_principal_name=f"{name}@{DEMO.facts['tenant_domain']}",
        password_profile=PasswordProfile(password="not kept"),
    )


class Directory(unittest.IsolatedAsyncioTestCase):
    async def test_msgraph_reads_the_x509_policy_as_its_own_type(self):
        graph = client()
        policy = graph.policies.authentication_methods_policy.authentication_method_configurations
        policy = await policy.by_authentication_method_configuration_id("X509Certificate").get()
        self.assertEqual(type(policy).__name__, "X509CertificateAuthenticationMethodConfiguration")
        self.assertTrue(policy.certificate_user_bindings)

    async def test_msgraph_patches_the_documented_x509_policy_byte_for_byte(self):
        document = read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "x509_method_policy.json"))
        graph = client()
        place = graph.policies.authentication_methods_policy.authentication_method_configurations
        place = place.by_authentication_method_configuration_id("X509Certificate")
        # Nobody can sign in while the documented default is in force: the server wants to be told that this is meant.
        meant = RequestConfiguration()
        meant.headers.add("Lanyard-Override-Reason", "rehearsal of the documented default")

        async def patch_text(text):
            request = place.to_patch_request_information(await place.get(), meant)
            request.set_stream_content(text.encode(), "application/json")
            await graph.request_adapter.send_no_response_content_async(request, {"XXX": ODataError})

        async def read_text():
            answer = await graph.request_adapter.send_primitive_async(
                place.to_get_request_information(), "bytes", {"XXX": ODataError})
            members = json.loads(answer).items()
            return json.dumps({name: value for name, value in members if not name.endswith("@odata.context")})

        before, before_text = await place.get(), await read_text()
        try:
            before.issuer_hints_configuration.state = X509CertificateIssuerHintsState.Disabled
            await place.patch(before)
            self.assertNotEqual(await read_text(), json.dumps(json.loads(document)))
            await patch_text(document)
            self.assertEqual(await read_text(), json.dumps(json.loads(document)))
            # And as the SDK writes what it read: nothing gets lost on the way through its types.
            typed = await place.get()
            self.assertEqual([binding.priority for binding in typed.certificate_user_bindings], [1, 2, 3])
            await patch_text(before_text)
            await place.patch(typed, meant)
            self.assertEqual(await read_text(), json.dumps(json.loads(document)))
        finally:
            await patch_text(before_text)
        self.assertEqual(await read_text(), before_text)

    async def test_msgraph_creates_pages_and_filters_people(self):
        graph = client()
        mark = uuid.uuid4().hex[:8]
        for start in range(0, PEOPLE, 25):
            names = [f"{mark}-{number:04}" for number in range(start, start + 25)]
            await asyncio.gather(*(graph.users.post(person(name)) for name in names))
        parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=f"startswith(displayName,'Python {mark}')", top=40, count=True, select=["id", "displayName"]
        )
        configuration = RequestConfiguration(query_parameters=parameters)
        configuration.headers.add("ConsistencyLevel", "eventual")
        page = await graph.users.get(request_configuration=configuration)
        self.assertEqual(page.odata_count, PEOPLE)
        found = set()
        while True:
            found.update(user.id for user in page.value)
            if not page.odata_next_link:
                break
            again = RequestConfiguration()
            again.headers.add("ConsistencyLevel", "eventual")
            page = await graph.users.with_url(page.odata_next_link).get(request_configuration=again)
        self.assertEqual(len(found), PEOPLE)

    async def test_msgraph_replaces_certificate_user_ids(self):
        graph = client()
        name = uuid.uuid4().hex[:8]
        made = await graph.users.post(person(name))
        ids = [f"X509:<PN>{name}@mil"]
        change = User(authorization_info=AuthorizationInfo(certificate_user_ids=ids))
        await graph.users.by_user_id(made.id).patch(change)
        parameters = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["authorizationInfo"])
        configuration = RequestConfiguration(query_parameters=parameters)
        found = await graph.users.by_user_id(made.id).get(request_configuration=configuration)
        self.assertEqual(found.authorization_info.certificate_user_ids, ids)
        with self.assertRaises(ODataError) as refused:
            bad = User(authorization_info=AuthorizationInfo(certificate_user_ids=["x509:<PN>a"]))
            await graph.users.by_user_id(made.id).patch(bad)
        self.assertEqual(refused.exception.error.code, "Request_BadRequest")
        await graph.users.by_user_id(made.id).delete()
        with self.assertRaises(ODataError) as gone:
            await graph.users.by_user_id(made.id).get()
        self.assertEqual(gone.exception.error.code, "Request_ResourceNotFound")

    async def test_msgraph_reads_the_logs(self):
        rows = await client().audit_logs.directory_audits.get()
        self.assertTrue(rows.value)


if __name__ == "__main__":
    unittest.main()
