// A strict OAuth 2.0 server of somebody else's making: takes its clients as JSON in argv[2], listens
// on loopback, and prints its port. Started in the folder where the package is installed.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const { clients, scopes, lifetime } = JSON.parse(process.argv[2]);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients,
    scopes,
    routes: { token: "/connect/token", introspection: "/introspect" },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
    },
    ttl: { ClientCredentials: lifetime },
    clientAuthMethods: ["client_secret_post", "private_key_jwt"],
  });
  provider.on("grant.error", (context, error) => console.error(error.error_detail ?? error));
  server.on("request", provider.callback());
  console.log(port);
});
