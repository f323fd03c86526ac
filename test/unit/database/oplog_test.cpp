#include "database/oplog.hpp"

#include "database_support.hpp"

using namespace jujubackup;
using namespace test;
namespace db = jujubackup::database;

TEST_CASE("oplog: what is about other collections is left out, also inside of applyOps") {
  const db::Namespaces wanted = {"juju.machines", "juju.models"};
  struct Case {
    const char* entry;
    const char* kept;  // "": nothing; "=": as it is
  };
  const Case cases[] = {
      {"{'op':'n','ns':'','o':{'msg':'x'}}", "="},
      {"{'op':'i','ns':'juju.machines','o':{'_id':'1'}}", "="},
      {"{'op':'i','ns':'logs.x','o':{'_id':'1'}}", ""},
      {"{'op':'u','ns':'juju.statuseshistory','o2':{'_id':'1'},'o':{'x':'1'}}", ""},
      {"{'op':'d','ns':'juju.models','o':{'_id':'1'}}", "="},
      {"{'op':'c','ns':'juju.$cmd','o':{'create':'machines'}}", "="},
      {"{'op':'c','ns':'juju.$cmd','o':{'createIndexes':'logs'}}", ""},
      {"{'op':'c','ns':'juju.$cmd','o':{'drop':'models'}}", "="},
      {"{'op':'c','ns':'juju.$cmd','o':{'dropDatabase':true}}", ""},
      {"{'op':'c','ns':'juju.$cmd','o':{'somethingNew':'machines'}}", ""},
      {"{'op':'c','ns':'admin.$cmd','o':{'renameCollection':'juju.machines','to':'juju.other'}}", ""},
      {"{'op':'c','ns':'admin.$cmd','o':{'commitTransaction':true}}", "="},
      {"{'op':'i','ns':'juju.system.indexes','o':{'ns':'juju.models','name':'x'}}", "="},
      {"{'op':'i','ns':'juju.system.indexes','o':{'ns':'juju.logs','name':'x'}}", ""},
      {"{'op':'c','ns':'admin.$cmd','v':true,'o':{'applyOps':[{'op':'i','ns':'juju.x','o':{}},{'op':'i','ns':'juju.models','o':{}}],'z':"
       "true}}",
       "{'op':'c','ns':'admin.$cmd','v':true,'o':{'applyOps':[{'op':'i','ns':'juju.models','o':{}}],'z':true}}"},
      {"{'op':'c','ns':'admin.$cmd','o':{'applyOps':[{'op':'i','ns':'juju.x','o':{}}]}}", ""},
      {"{'op':'c','ns':'admin.$cmd','txnNumber':'1','o':{'applyOps':[{'op':'i','ns':'juju.x','o':{}}]}}",
       "{'op':'c','ns':'admin.$cmd','txnNumber':'1','o':{'applyOps':[]}}"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.entry);
    const auto kept = db::oplog_entry_about(db::bson_of_json(json(each.entry)), wanted);
    const std::string expected = std::string(each.kept) == "=" ? each.entry : each.kept;
    CHECK((kept ? db::json_of_bson(*kept) : "") == (expected.empty() ? "" : db::json_of_bson(db::bson_of_json(json(expected)))));
  }
}

TEST_CASE("oplog: entries that cannot be are refused") {
  std::string nested = "{'op':'i','ns':'juju.x','o':{}}";
  for (int i = 0; i < 20; ++i) nested = "{'op':'c','ns':'admin.$cmd','o':{'applyOps':[" + nested + "]}}";
  for (const std::string& entry :
       {std::string("{'op':'c','ns':'a.$cmd','o':{'applyOps':1}}"), std::string("{'op':'c','ns':'a.$cmd','o':{'applyOps':[1]}}"), nested}) {
    CAPTURE(entry);
    CHECK(code_of([&] { db::oplog_entry_about(db::bson_of_json(json(entry)), {"juju.x"}); }) == ErrorCode::corrupt);
  }
  CHECK(code_of([&] { db::oplog_entry_about(bytes_of("abcdef"), {}); }) == ErrorCode::corrupt);
}
