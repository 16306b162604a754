# The image that the constructs deploy. Targets: cpu (default) and cuda.
#
#   docker build --target cpu  --build-arg CHECKPOINT=path/in/context .
#   docker build --target cuda --build-arg CHECKPOINT=path/in/context .
#
# CHECKPOINT is a Hugging Face SigLIP checkpoint folder inside the build
# context, which is exported into /app/model; without it the folder is empty
# and a volume brings the model.

ARG GO_IMAGE=golang:1.26-bookworm
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG CPU_BASE=debian:bookworm-slim
ARG CUDA_BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04

FROM ${GO_IMAGE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends libjpeg62-turbo-dev libwebp-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV GOCACHE=/go/build
COPY go.mod go.sum ./
# The server imports nothing of cdk8s, whose generated module is not here.
RUN go mod edit -dropreplace=github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2 -droprequire=github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2
COPY inference inference
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
RUN pip download --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 -d /wheel onnxruntime==1.24.1 \
 && cd /wheel && python3 -m zipfile -e *.whl . && mkdir -p /out/lib \
 && cp onnxruntime/capi/libonnxruntime.so.* /out/lib/libonnxruntime.so.1

FROM ${PYTHON_IMAGE} AS onnxruntime-cuda
RUN pip download --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 -d /wheel onnxruntime-gpu==1.24.1 \
 && cd /wheel && python3 -m zipfile -e *.whl . && mkdir -p /out/lib \
 && cp onnxruntime/capi/libonnxruntime*.so* /out/lib/ && mv /out/lib/libonnxruntime.so.1.* /out/lib/libonnxruntime.so.1

# What both images share, copied as one tree: program, model, and the
# certificates that fetching pictures over TLS needs.
FROM build AS app
COPY --from=model /out/model /out/app/model
RUN install -D /out/rsclip /out/app/bin/rsclip \
 && install -D /etc/ssl/certs/ca-certificates.crt /out/app/etc/ca-certificates.crt

FROM ${CUDA_BASE} AS cuda
ARG VERSION=dev
LABEL org.opencontainers.image.title="rsclip" \
      org.opencontainers.image.description="Git-RSCLIP inference server, CUDA and TensorRT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/seed-74198975/rsclip"
COPY --from=onnxruntime-cuda /out/lib /app/lib
COPY --from=app /out/app /app
ENV SSL_CERT_FILE=/app/etc/ca-certificates.crt
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app/bin/rsclip"]
CMD ["serve"]

FROM ${CPU_BASE} AS cpu
ARG VERSION=dev
LABEL org.opencontainers.image.title="rsclip" \
      org.opencontainers.image.description="Git-RSCLIP inference server, CPU" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/seed-74198975/rsclip"
COPY --from=onnxruntime-cpu /out/lib /app/lib
COPY --from=app /out/app /app
ENV SSL_CERT_FILE=/app/etc/ca-certificates.crt
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app/bin/rsclip"]
CMD ["serve"]
