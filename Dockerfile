# The image that the constructs deploy. Targets: cpu (default) and cuda.
#
#   docker build --target cpu  --build-arg CHECKPOINT=path/in/context .
#   docker build --target cuda --build-arg CHECKPOINT=path/in/context --build-arg PRECISION=fp16 .
#
# CHECKPOINT is a Hugging Face SigLIP checkpoint folder inside the build
# context, which is exported into /app/model; without it the folder is empty
# and a volume brings the model.
#
# Images are named by tag; SECURITY.md says how to pin them by digest. What both
# targets hold is listed in /app/sbom.cdx.json, with licences in /app/licenses.

ARG GO_IMAGE=golang:1.26-bookworm
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG CUDA_BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04

FROM ${GO_IMAGE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends libjpeg62-turbo-dev libopenjp2-7-dev libwebp-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV GOCACHE=/go/build
COPY go.mod go.sum ./
# The server imports nothing of cdk8s, whose generated module is not here.
RUN go mod edit -dropreplace=github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2 -droprequire=github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2
COPY inference inference
COPY internal internal
ARG VERSION=dev
RUN --mount=type=cache,target=/go/build --mount=type=cache,target=/go/pkg/mod \
    go build -trimpath -ldflags="-s -w -X main.version=${VERSION}" -o /out/rsclip ./inference

FROM build AS model
ARG CHECKPOINT=
ARG PRECISION=fp32
ARG NAME=
COPY . /context
RUN mkdir -p /out/model && if [ -n "${CHECKPOINT}" ]; then \
      /out/rsclip export --force --checkpoint "/context/${CHECKPOINT}" --out /out/model --precision "${PRECISION}" --name "${NAME}"; fi

# ONNX Runtime's own builds, as its project publishes them.
FROM ${PYTHON_IMAGE} AS onnxruntime-cpu
COPY inference/onnxruntime/cpu.txt /wheel/
RUN cd /wheel && pip download --require-hashes --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 -r cpu.txt \
 && python3 -m zipfile -e *.whl . && mkdir -p /out/lib /out/licenses/onnxruntime \
 && cp onnxruntime/capi/libonnxruntime.so.* /out/lib/libonnxruntime.so.1 \
 && cp onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt onnxruntime-*.dist-info/METADATA /out/licenses/onnxruntime/

FROM ${PYTHON_IMAGE} AS onnxruntime-cuda
COPY inference/onnxruntime/cuda.txt /wheel/
RUN cd /wheel && pip download --require-hashes --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 -r cuda.txt \
 && python3 -m zipfile -e *.whl . && mkdir -p /out/lib /out/licenses/onnxruntime \
 && cp onnxruntime/capi/libonnxruntime*.so* /out/lib/ && mv /out/lib/libonnxruntime.so.1.* /out/lib/libonnxruntime.so.1 \
 && cp onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt onnxruntime_gpu-*.dist-info/METADATA /out/licenses/onnxruntime/

# The system of the CPU image: the C libraries that the program and ONNX Runtime
# load, without a shell or a package manager. Scanners read what is here, and its
# versions, from status.d.
FROM ${GO_IMAGE} AS system
WORKDIR /packages
RUN apt-get update && apt-get download base-files gcc-12-base libc6 libgcc-s1 libstdc++6 \
 && mkdir -p /out/var/lib/dpkg/status.d \
 && for p in *.deb; do dpkg-deb --extract "$p" /out \
 && dpkg-deb --field "$p" > "/out/var/lib/dpkg/status.d/$(dpkg-deb --field "$p" Package)" || exit 1; done

# What both images share, copied as one tree: program, model, licences, and the
# certificates that fetching pictures over TLS needs.
FROM build AS app
COPY LICENSE THIRD_PARTY_LICENSES /out/app/licenses/
COPY --from=model /out/model /out/app/model
RUN install -D /out/rsclip /out/app/bin/rsclip \
 && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /out/app/etc/ca-certificates.crt \
 && for p in ca-certificates libjpeg62-turbo-dev libopenjp2-7-dev libwebp-dev; do install -D -m 644 "/usr/share/doc/$p/copyright" "/out/app/licenses/$p/copyright" || exit 1; done

# The bill of materials of each image, made from what is copied into it.
FROM build AS sbom
COPY tools/sbom tools/sbom
RUN --mount=type=cache,target=/go/build --mount=type=cache,target=/go/pkg/mod go build -o /out/sbom ./tools/sbom

FROM ${CUDA_BASE} AS cuda-base

FROM sbom AS sbom-cuda
COPY --from=cuda-base /var/lib/dpkg /image/var/lib/dpkg
COPY --from=cuda-base /usr/lib/os-release /image/usr/lib/os-release
COPY --from=onnxruntime-cuda /out /image/app
COPY --from=app /out/app /image/app
ARG VERSION=dev
RUN /out/sbom -version "${VERSION}" -linked libjpeg62-turbo-dev,libopenjp2-7-dev,libwebp-dev,ca-certificates /image > /out/sbom.cdx.json

FROM sbom AS sbom-cpu
COPY --from=system /out /image
COPY --from=onnxruntime-cpu /out /image/app
COPY --from=app /out/app /image/app
ARG VERSION=dev
RUN /out/sbom -version "${VERSION}" -linked libjpeg62-turbo-dev,libopenjp2-7-dev,libwebp-dev,ca-certificates /image > /out/sbom.cdx.json

FROM cuda-base AS cuda
ARG VERSION=dev
LABEL org.opencontainers.image.title="rsclip" \
      org.opencontainers.image.description="Git-RSCLIP inference server, CUDA" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/seed-74198975/rsclip"
COPY --from=onnxruntime-cuda /out /app
COPY --from=app /out/app /app
COPY --from=sbom-cuda /out/sbom.cdx.json /app/
# Kernels that CUDA compiles for a GPU newer than these libraries. A pod's /tmp is
# writable and outlives its containers; 512 MiB is half of it.
ENV SSL_CERT_FILE=/app/etc/ca-certificates.crt CUDA_CACHE_PATH=/tmp/cuda CUDA_CACHE_MAXSIZE=536870912
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app/bin/rsclip"]
CMD ["serve"]

FROM scratch AS cpu
ARG VERSION=dev
LABEL org.opencontainers.image.title="rsclip" \
      org.opencontainers.image.description="Git-RSCLIP inference server, CPU" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/seed-74198975/rsclip"
COPY --from=system /out /
COPY --from=onnxruntime-cpu /out /app
COPY --from=app /out/app /app
COPY --from=sbom-cpu /out/sbom.cdx.json /app/
ENV SSL_CERT_FILE=/app/etc/ca-certificates.crt
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app/bin/rsclip"]
CMD ["serve"]
