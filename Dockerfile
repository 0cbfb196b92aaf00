# One image for web and worker. Built and started by compose.yaml.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN useradd --create-home --uid 10001 sdsite \
    && install --directory --owner sdsite --group sdsite /data /app/staticfiles

# torch first and by itself, as in the Makefile. PIP_OPTIONS chooses another build of it, such as one for CUDA.
ARG PIP_OPTIONS=""
COPY requirements.txt ./
RUN grep '^torch==' requirements.txt > torch.txt \
    && pip install ${PIP_OPTIONS} -r torch.txt \
    && pip install -r requirements.txt

COPY manage.py ./
COPY sdsite sdsite/
COPY generation generation/
COPY gallery gallery/
COPY templates templates/
COPY static static/

USER sdsite
ENV SDSITE_DATA=/data
VOLUME /data
EXPOSE 8000
ENV DAPHNE="python -m daphne -v 0 --no-server-name --proxy-headers -b 0.0.0.0 -p 8000 sdsite.asgi:application"
CMD ["sh", "-c", "python manage.py prepare && exec $DAPHNE"]
