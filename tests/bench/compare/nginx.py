# SPDX-License-Identifier: LGPL-2.1-or-later
"""nginx with nchan, as its documentation has it for one node."""

import getpass
import os

# Every client's channels stand in its path, as nchan multiplexes them. Messages are not
# stored: nobody comes back for old ones.
TEMPLATE = """\
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
worker_processes 1;
user %(user)s;
pid %(folder)s/nginx.pid;
error_log stderr warn;
events {
  worker_connections 16384;
}
http {
  access_log off;
  client_body_temp_path %(folder)s/body;
  proxy_temp_path %(folder)s/proxy;
  fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi;
  scgi_temp_path %(folder)s/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  nchan_shared_memory_size 256m;
  server {
    listen 127.0.0.1:%(port)d backlog=4096;
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_channel_id_split_delimiter ",";
      nchan_subscriber_first_message newest;
    }
    location ~ ^/pub/(.+)$ {
      nchan_publisher http;
      nchan_channel_id $1;
      nchan_store_messages off;
    }
  }
}
"""


def write_configuration(folder, port):
    file = os.path.join(folder, "nginx.conf")
    with open(file, "w", encoding="ascii") as out:
        out.write(TEMPLATE % {"folder": folder, "port": port, "user": getpass.getuser()})
    return file
