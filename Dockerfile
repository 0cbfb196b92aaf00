# One image for web and worker. Built and started by compose.yaml.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN useradd --create-home --uid 10001 sdsite \
    && install --directory --owner sdsite --group sdsite --mode 700 /data /app/staticfiles

# As `make install` does: what is pinned with hashes, then torch by itself, whose build for an accelerator PIP_OPTIONS
# chooses, then a look whether anything is missing.
ARG PIP_OPTIONS=""
COPY requirements.txt requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock \
    && grep '^torch==' requirements.txt > torch.txt \
    && pip install ${PIP_OPTIONS} -r torch.txt \
    && pip install -r requirements.txt

COPY manage.py ./
COPY sdsite sdsite/
COPY generation generation/
COPY gallery gallery/
COPY templates templates/
COPY static static/
# The commands below write static files at each start; compose.yaml puts a memory file system there.

USER sdsite
ENV SDSITE_DATA=/data HOME=/home/sdsite
VOLUME /data
EXPOSE 8000
# Whose X-Forwarded headers count is a setting, SDSITE_TRUSTED_PROXIES; daphne itself must not believe them.
ENV DAPHNE="python -m daphne -v 0 --no-server-name -b 0.0.0.0 -p 8000 sdsite.asgi:application"
CMD ["sh", "-c", "umask 077 && python manage.py prepare && exec $DAPHNE"]
