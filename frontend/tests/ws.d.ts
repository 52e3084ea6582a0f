/** The part of the npm package ws that tests use. */
declare module "ws" {
  export class WebSocket {
    constructor(url: string, protocols?: string[]);
    binaryType: string;
    readyState: number;
    readonly protocol: string;
    onopen: ((event: never) => void) | null;
    onmessage: ((event: { data: unknown }) => void) | null;
    onclose: ((event: { code: number }) => void) | null;
    onerror: ((event: never) => void) | null;
    send(data: Uint8Array): void;
    close(code?: number): void;
    terminate(): void;
    on(name: "message", listener: (data: Uint8Array) => void): void;
    on(name: "close", listener: (code: number) => void): void;
  }
  export class WebSocketServer {
    constructor(options: { port: number; host: string; handleProtocols: (offered: Set<string>) => string | false });
    address(): { port: number };
    on(name: "connection", listener: (socket: WebSocket, request: { headers: Record<string, string> }) => void): void;
    on(name: "listening", listener: () => void): void;
    close(): void;
  }
}
