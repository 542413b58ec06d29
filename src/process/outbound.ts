import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici'

/** Forward proxies to external services, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY name them. */
export interface ProxySettings {
  /** For https:// addresses; user and password in it become Proxy-Authorization. */
  https: string | undefined
  /** For http:// addresses, and for https:// ones where no other proxy is set. */
  http: string | undefined
  /** Hosts that are reached directly: names, which hold for what lies below them too, with or without a port, or `*`. */
  noProxy: string
}

export interface OutboundOptions {
  proxy?: ProxySettings | undefined
  /** PEM certificates that replace the default roots, for the services, not for the proxy. */
  ca?: string | undefined
}

/** Requests of one conversation are seconds apart: they find the connection open. */
const keepAliveMs = 10_000
const connectTimeoutMs = 10_000

/**
 * Creates a connection pool for requests to external services, through the proxy set for the address (CONNECT, for http://
 * too). Has a timeout on connecting only; the caller sets that of the whole request.
 */
export function createOutboundAgent({ proxy, ca }: OutboundOptions = {}): Dispatcher {
  const connect = { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) }
  const options = { connect, keepAliveTimeout: keepAliveMs, headersTimeout: 0, bodyTimeout: 0 }
  if (proxy?.http === undefined && proxy?.https === undefined) return new Agent(options)
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: connect,
    proxyTls: { timeout: connectTimeoutMs },
    // empty, not undefined: the settings were read once, the environment is not asked again
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.noProxy,
  })
}

interface OutboundRequest {
  method: string
  headers: Record<string, string>
  body: string | null
  signal: AbortSignal
}
export type OutboundFetch = (url: string | URL, request: OutboundRequest) => Promise<Response>

/** `fetch` over such a pool, or without a proxy the one of Node. Redirects are not followed. */
export function createOutboundFetch(proxy?: ProxySettings): OutboundFetch {
  const redirect = 'manual'
  if (proxy?.http === undefined && proxy?.https === undefined)
    return (url, request) => fetch(url, { ...request, redirect })
  const dispatcher = createOutboundAgent({ proxy })
  return (url, request) => undiciFetch(url, { ...request, redirect, dispatcher })
}
