# SPDX-License-Identifier: Apache-2.0
# The operator and the libraries it needs, and nothing else: no shell, no package manager, not root.
# BASE is Debian 12. PROGRAM=prebuilt takes build/release/sallyport, built on Debian 12, in place of compiling here.
ARG BASE=debian:bookworm-slim
ARG PROGRAM=compiled

FROM ${BASE} AS compiled
RUN apt-get update && apt-get install -y --no-install-recommends \
      cmake g++ ninja-build pkg-config ca-certificates \
      libcpprest-dev libyaml-cpp-dev libssl-dev nlohmann-json3-dev libspdlog-dev libfmt-dev \
      libcli11-dev prometheus-cpp-dev libboost-dev libboost-system-dev libboost-regex-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
WORKDIR /source
RUN cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target sallyport \
    && install -D -m 0755 build/release/sallyport /program/sallyport

FROM ${BASE} AS prebuilt
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libcpprest2.10 libyaml-cpp0.7 libssl3 libspdlog1.10 libfmt9 libprometheus-cpp-core1.0 \
    && rm -rf /var/lib/apt/lists/*
COPY build/release/sallyport /program/sallyport

FROM ${PROGRAM} AS gathered
# What the loader says is needed, at the places where the loader looks; and the public authorities.
RUN set -e; install -D -m 0755 /program/sallyport /image/usr/bin/sallyport; \
    libraries=$(ldd /program/sallyport); \
    case "$libraries" in *"not found"*) echo "$libraries" >&2; exit 1;; esac; \
    for library in $(echo "$libraries" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p'); do \
      install -D -m 0755 "$library" "/image$library"; \
    done; \
    mkdir -p /image/etc/ssl /image/usr/share /image/usr/lib/ssl; \
    cp -a /etc/ssl/certs /image/etc/ssl/; cp -a /usr/share/ca-certificates /image/usr/share/; \
    ln -s /etc/ssl/certs /image/usr/lib/ssl/certs; \
    echo 'sallyport:x:65532:65532::/nonexistent:/sbin/nologin' >/image/etc/passwd; \
    echo 'hosts: files dns' >/image/etc/nsswitch.conf

# For the pods of an NGINX gateway (examples/nginx-gateway): Debian's nginx, and the program for the agent, which tests
# configurations with it, and the authorizer. docker build --target gateway .
FROM ${BASE} AS gateway
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates nginx libcpprest2.10 libyaml-cpp0.7 libssl3 libspdlog1.10 libfmt9 libprometheus-cpp-core1.0 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=gathered /program/sallyport /usr/bin/sallyport
USER 65532:65532
ENTRYPOINT ["/usr/bin/sallyport"]
LABEL org.opencontainers.image.title="Sallyport gateway" org.opencontainers.image.licenses="Apache-2.0"

FROM scratch
COPY --from=gathered /image/ /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/bin/sallyport"]
CMD ["run"]
LABEL org.opencontainers.image.title="Sallyport" org.opencontainers.image.licenses="Apache-2.0"
