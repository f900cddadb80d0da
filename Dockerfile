# syntax=docker/dockerfile:1
# The gateway alone: without the demo and its simulator.

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --profile dist --no-default-features --locked \
    && cp target/dist/duo-mcp-gateway /duo-mcp-gateway \
    && mkdir /data

# The same Debian as above, so that the C library is the same.
FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="duo-mcp-gateway" \
      org.opencontainers.image.description="A hosted, multi-tenant MCP gateway for Duo Security" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /duo-mcp-gateway /usr/local/bin/duo-mcp-gateway
# What the gateway keeps on disk when it is given no PostgreSQL.
COPY --from=build --chown=10001:10001 /data /data
ENV DUO_MCP__DATA_DIR=/data
VOLUME /data
# A number and not a name, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8080 8082
# No HEALTHCHECK: an orchestrator asks GET /readyz on port 8080.
ENTRYPOINT ["/usr/local/bin/duo-mcp-gateway"]
CMD ["serve"]
