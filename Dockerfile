# The page of poet in a container; docs/habits.md says how to run it.
#
#     docker build -t poet .
#     docker run --rm -p 127.0.0.1:8600:8600 poet
#
# Writing and serving need no torch, which would make the image much larger. To train in it:
#     docker build -t poet --build-arg TORCH=torch --build-arg PIP_EXTRA_INDEX_URL=… .
# where the index is one of torch builds for CPUs; else pip takes the build with CUDA.

FROM python:3.11-slim AS build
ARG TORCH=""
ARG PIP_EXTRA_INDEX_URL=""
WORKDIR /source
COPY constraints.txt pyproject.toml ./
ENV PIP_CONSTRAINT=/source/constraints.txt PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/poet
ENV PATH=/opt/poet/bin:$PATH
COPY tools/needs.py tools/needs.py
RUN python tools/needs.py web cards syllables --without torch > needs.txt \
    && pip install -r needs.txt $TORCH
COPY README.md LICENSE ./
COPY poet poet
COPY corpus corpus
COPY checkpoints checkpoints
COPY docs/poet.1 docs/poet.1
RUN pip install --no-deps .

FROM python:3.11-slim
COPY --from=build /opt/poet /opt/poet
RUN useradd --create-home --uid 1000 poet && install -d -o poet /home/poet/own
USER poet
WORKDIR /home/poet
# Models that are trained or imported, and settings (poet.toml), lie in this folder
ENV PATH=/opt/poet/bin:$PATH POET_HOME=/home/poet/own POET_SERVE_HOST=0.0.0.0 LANG=C.UTF-8
VOLUME /home/poet/own
EXPOSE 8600
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8600/api/models', timeout=8)"]
ENTRYPOINT ["poet"]
CMD ["serve"]
