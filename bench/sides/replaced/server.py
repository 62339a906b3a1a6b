"""The API that stockdb replaces, after its DataFrames were taken out: runs the SQL that it is sent, answers with arrays.

    python3 server.py HOST PORT USER PASSWORD DATABASE
"""
import json
import sys

import pymysql
import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web

host, port, user, password, database = sys.argv[1:]
connection = pymysql.connect(host=host, port=int(port), user=user, password=password, database=database)


def sql2array(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


class Handler(tornado.web.RequestHandler):
    def post(self):
        call = json.loads(self.request.body)
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps({"sql2array": sql2array}[call["f"]](call["p1"]), default=str))


sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
tornado.httpserver.HTTPServer(tornado.web.Application([("/", Handler)])).add_sockets(sockets)
print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
tornado.ioloop.IOLoop.current().start()
