"""The auth service: clients, roles and scopes.

One line per method; what a line says is told in `tcproxy_client._table`.
"""
# ruff: noqa: E501  # one line per method

from tcproxy_client._table import service
from tcproxy_client.client import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Auth",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Auth",
    "auth",
    """
authenticateHawk     POST    /authenticate-hawk                                      {} -> {}               | Check a signed request on behalf of another service.
awsS3Credentials     GET     /aws/s3/<level>/<bucket>/<prefix>?format                   -> {}               | Give temporary AWS credentials for a prefix of a bucket.
azureAccounts        GET     /azure/accounts                                            -> {}               | List the Azure storage accounts.
azureContainers      GET     /azure/<account>/containers?continuationToken              -> {}               | List the containers of an Azure account.
azureContainerSAS    GET     /azure/<account>/containers/<container>/<level>            -> {}               | Give a shared access signature for an Azure container.
azureTables          GET     /azure/<account>/tables?continuationToken                  -> {}               | List the tables of an Azure account.
azureTableSAS        GET     /azure/<account>/table/<table>/<level>                     -> {}               | Give a shared access signature for an Azure table.
client               GET     /clients/<clientId>                                        -> {}               | Describe a client.
createClient         PUT     /clients/<clientId>                                     {} -> {}               | Create a client; the answer holds its access token.
createRole           PUT     /roles/<roleId>                                         {} -> {}               | Create a role.
currentScopes        GET     /scopes/current                                            -> {}               | List the scopes of the caller.
deleteClient         DELETE  /clients/<clientId>                                                            | Delete a client.
deleteRole           DELETE  /roles/<roleId>                                                                | Delete a role.
disableClient        POST    /clients/<clientId>/disable                                -> {}               | Disable a client.
enableClient         POST    /clients/<clientId>/enable                                 -> {}               | Enable a disabled client.
expandScopes         POST    /scopes/expand                                          {} -> {}               | Resolve the roles in a list of scopes.
gcpCredentials       GET     /gcp/credentials/<projectId>/<serviceAccount>              -> {}               | Give temporary GCP credentials for a service account.
getEntityHistory     GET     /audit/<entityType>/<entityId>?continuationToken&limit     -> {}               | List the changes made to a client, role, secret, hook or worker pool.
githubRepoToken      POST    /github/<appName>/<owner>/repo-token                    {} -> {} experimental  | Give a token of a GitHub application for some repositories.
listAuditHistory     GET     /clients/<clientId>/audit?continuationToken&limit          -> {}               | List what a client has changed.
listClients          GET     /clients/?prefix&continuationToken&limit                   -> {}               | List the clients.
listRoleIds          GET     /roleids/?continuationToken&limit                          -> {}               | List the names of the roles.
listRoles            GET     /roles/                                                    -> []               | List the roles, all in one answer.
listRoles2           GET     /roles2/?continuationToken&limit                           -> {}               | List the roles, in pages.
resetAccessToken     POST    /clients/<clientId>/reset                                  -> {}               | Give a client a new access token; the old one ends.
role                 GET     /roles/<roleId>                                            -> {}               | Describe a role.
sentryDSN            GET     /sentry/<project>/dsn                                      -> {}               | Give the address to which a project reports its errors.
testAuthenticate     POST    /test-authenticate                                      {} -> {}               | Try a signed POST with the public test client.
testAuthenticateGet  GET     /test-authenticate-get/                                    -> {}               | Try a signed GET with the public test client.
updateClient         POST    /clients/<clientId>                                     {} -> {}               | Change a client.
updateRole           POST    /roles/<roleId>                                         {} -> {}               | Change a role.
websocktunnelToken   GET     /websocktunnel/<wstAudience>/<wstClient>                   -> {}               | Give a token for a websocktunnel client.
heartbeat            GET     /__heartbeat__                                                                 | Tell whether the service and what it depends on are healthy.
lbheartbeat          GET     /__lbheartbeat__                                                               | Tell a load balancer that the service is up.
ping                 GET     /ping                                                                          | Tell whether the service answers.
version              GET     /__version__                                                                   | Tell which version of the service runs.
""",
    doc=__doc__,
)

Auth = serviceClient(SERVICE, __name__)
