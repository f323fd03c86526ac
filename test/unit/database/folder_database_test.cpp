#include <sys/stat.h>

#include "database_support.hpp"

using namespace jujubackup;
using namespace test;
namespace db = jujubackup::database;

TEST_CASE("folder database: a genuine dump is found, counted and told of") {
  FolderFixture f;
  CHECK(f.all("juju.machines").size() == 8);
  CHECK(f.all("juju.statuseshistory").size() == 400);  // more than a batch
  CHECK(f.all("juju.empty").empty());
  CHECK(f.all("juju.missing").empty());
  CHECK(f.all("juju.machines", "{'machineid': '1', 'jobs': 2}").size() == 1);
  CHECK(f.all("juju.machines", "{'addresses.value': '10.9.8.8'}").size() == 1);
  CHECK(f.all("juju.machines", "{'base.os': {'$in': ['ubuntu']}, 'machineid': {'$ne': '0'}}").size() == 2);
  CHECK(f.all("juju.machines", "{'base': {'$exists': false}}").size() == 5);
  CHECK(f.all("juju.machines", "{'base': null}").size() == 5);
  CHECK(f.all("juju.machines", "{'txn-revno': 4}").size() == 3);
  CHECK(write_json(f.run("juju", "{'count': 'clouds'}")).find("\"2\"") != std::string::npos);
  CHECK(db::collection_names(*f.session, "juju", nullptr).size() == 10);
  CHECK(db::database_names(*f.session, nullptr).size() == 6);

  const DatabaseFacts facts = f.database->facts(nullptr);
  CHECK(facts.has_juju);
  CHECK(facts.controller_model_uuid == "1be318f6-9460-4fe1-8eb4-b1df2db23b53");
  CHECK(facts.version.to_string() == "3.6.22");
  CHECK(facts.members.size() == 1);
}

TEST_CASE("folder database: a limit, a batch and a cursor that is closed") {
  FolderFixture f;
  Value answer = f.run("juju", "{'find': 'statuseshistory', 'filter': {}, 'limit': 7, 'batchSize': 5}");
  CHECK(db::at_path(answer, "cursor.firstBatch")->array()->size() == 5);
  const std::string id = std::to_string(*db::integer_of(*db::at_path(answer, "cursor.id")));
  CHECK(id != "0");
  answer = f.run("juju", "{'getMore': {'$numberLong': '" + id + "'}, 'collection': 'statuseshistory'}");
  CHECK(db::at_path(answer, "cursor.nextBatch")->array()->size() == 2);
  CHECK(db::integer_of(*db::at_path(answer, "cursor.id")) == 0);
  CHECK(code_of([&] { f.run("juju", "{'getMore': {'$numberLong': '" + id + "'}, 'collection': 'x'}"); }) == ErrorCode::program);

  answer = f.run("juju", "{'find': 'statuseshistory', 'limit': 7, 'batchSize': 5, 'singleBatch': true}");
  CHECK(db::integer_of(*db::at_path(answer, "cursor.id")) == 0);

  std::size_t seen = 0;
  db::for_each_document(
      *f.session, {"juju", "statuseshistory"}, {}, [&](const Value&) { return ++seen < 3; }, nullptr);
  CHECK(seen == 3);
}

TEST_CASE("folder database: documents are inserted, changed and removed, and the file is private") {
  FolderFixture f;
  const db::Namespace where = {"juju", "made"};
  db::insert_one(*f.session, where, value("{'_id': 'a', 'n': 1, 'list': ['x', 'y', 'x'], 'deep': {'b': [1, {'c': 2}]}}"), nullptr);
  CHECK(code_of([&] { db::insert_one(*f.session, where, value("{'_id': 'a'}"), nullptr); }) == ErrorCode::program);
  struct stat status = {};
  REQUIRE(::stat((f.directory + "/juju/made.bson").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  struct Case {
    const char* change;
    const char* after;
  };
  const Case cases[] = {
      {"{'$set': {'n': 2, 'deep.b.1.c': 3, 'new.way': true}}",
       "{'_id':'a','n':{'$numberInt':'2'},'list':['x','y','x'],'deep':{'b':[{'$numberInt':'1'},{'c':{'$numberInt':'3'}}]},'new':{'way':"
       "true}}"},
      {"{'$pull': {'list': 'x'}, '$unset': {'deep': 1, 'not.there': 1}}",
       "{'_id':'a','n':{'$numberInt':'2'},'list':['y'],'new':{'way':true}}"},
      {"{'plain': {'$numberLong': '5'}}", "{'_id':'a','plain':{'$numberLong':'5'}}"},
  };
  for (const Case& each : cases) {
    CHECK(db::update(*f.session, where, object("{'_id': 'a'}"), value(each.change), {}, nullptr) == 1);
    CHECK(f.one("juju.made", "{'_id': 'a'}") == json(each.after));
  }
  CHECK(db::update(*f.session, where, object("{'_id': 'b'}"), value("{'$set': {'x': 1}}"), {}, nullptr) == 0);
  CHECK(db::update(*f.session, where, object("{'_id': 'b'}"), value("{'$set': {'x': 1}}"), {true, false}, nullptr) == 1);
  CHECK(f.one("juju.made", "{'_id': 'b'}") == json("{'_id':'b','x':{'$numberInt':'1'}}"));
  CHECK(db::update(*f.session, where, object("{'_id': {'$in': ['a', 'b']}}"), value("{'$set': {'all': 1}}"), {false, true}, nullptr) == 2);
  db::put(*f.session, where, value("{'_id': 'c', 'y': 1}"), nullptr);
  db::put(*f.session, where, value("{'_id': 'c', 'y': 2}"), nullptr);
  CHECK(f.all("juju.made").size() == 3);
  CHECK(db::remove(*f.session, where, object("{'all': 1}"), nullptr) == 2);
  CHECK(f.one("juju.made", "{}") == json("{'_id':'c','y':{'$numberInt':'2'}}"));
  db::drop_collection(*f.session, where, nullptr);
  db::drop_collection(*f.session, where, nullptr);
  CHECK_FALSE(std::filesystem::exists(f.directory + "/juju/made.bson"));
  db::drop_database(*f.session, "juju", nullptr);
  db::drop_database(*f.session, "juju", nullptr);
  CHECK_FALSE(std::filesystem::exists(f.directory + "/juju"));
}

TEST_CASE("folder database: commands that are wrong change nothing") {
  FolderFixture f;
  const auto before = snapshot(f.directory);
  const std::pair<const char*, ErrorCode> cases[] = {
      {"{'mapReduce': 'machines'}", ErrorCode::program},
      {"{}", ErrorCode::program},
      {"not json", ErrorCode::invalid_argument},
      {"{'find': '../escape'}", ErrorCode::invalid_argument},
      {"{'find': ''}", ErrorCode::invalid_argument},
      {"{'find': 'machines', 'filter': {'a': {'$where': '1'}}}", ErrorCode::program},
      {"{'find': 'machines', 'filter': {'$or': []}}", ErrorCode::program},
      {"{'find': 'machines', 'filter': {'a..b': 1}}", ErrorCode::program},
      {"{'insert': '../../x', 'documents': [{'_id': 1}]}", ErrorCode::invalid_argument},
      {"{'insert': '.hidden', 'documents': [{'_id': 1}]}", ErrorCode::invalid_argument},
      {"{'insert': 'machines', 'documents': [1]}", ErrorCode::program},
      {"{'update': 'machines', 'updates': [{'q': {}, 'u': {'$inc': {'n': 1}}}]}", ErrorCode::program},
      {"{'update': 'machines', 'updates': [{'q': {}, 'u': {'_id': 'other'}}]}", ErrorCode::program},
      {"{'update': 'machines', 'updates': [{'q': {}, 'u': {'$set': {'machineid.x': 1}}}]}", ErrorCode::program},
      {"{'update': 'machines', 'updates': [{'q': {}, 'u': {'a': 1}, 'multi': true}]}", ErrorCode::program},
      {"{'delete': 'machines', 'deletes': [{}]}", ErrorCode::program},
      {"{'drop': 'missing'}", ErrorCode::program},
      {"{'replSetReconfig': {'members': []}}", ErrorCode::program},
  };
  for (const auto& each : cases) {
    const auto& command = each.first;
    const auto code = each.second;
    CAPTURE(command);
    CHECK(code_of([&] { f.run("juju", command); }) == code);
  }
  for (const char* name : {"..", ".", "", "a/b", "a.b", "a b", "$x"}) {
    CAPTURE(name);
    CHECK(code_of([&] { f.run(name, "{'dropDatabase': 1}"); }) == ErrorCode::invalid_argument);
  }
  CHECK(snapshot(f.directory) == before);
}

TEST_CASE("folder database: a file that is no BSON is named and kept") {
  FolderFixture f;
  const std::string deep = [] {
    bson::Bytes document = bson::Builder().finish();
    for (int i = 0; i < 200; ++i) {
      bson::Builder outer;
      outer.append("a", static_cast<std::uint8_t>(bson::Type::document), document);
      document = outer.finish();
    }
    return text_of(document);
  }();
  const std::string hostile[] = {
      "abc",
      std::string("\xff\xff\xff\x7f", 4),
      std::string("\x04\0\0\0", 4),
      bson_text("{'_id': 1}").substr(0, 10),
      bson_text("{'_id': 1}") + "x",
      std::string("\x0c\0\0\0\x02"
                  "a\0\xff\xff\xff\x7f\0",
                  13)
          .substr(0, 12),
      deep,
  };
  for (const std::string& bytes : hostile) {
    write_file(f.directory + "/juju/bad.bson", bytes);
    CHECK(code_of([&] { f.all("juju.bad"); }) == ErrorCode::corrupt);
    CHECK(code_of([&] { f.run("juju", "{'insert': 'bad', 'documents': [{'_id': 7}]}"); }) == ErrorCode::corrupt);
    CHECK(read_file(f.directory + "/juju/bad.bson") == bytes);
  }
  std::filesystem::remove(f.directory + "/juju/bad.bson");
  write_file(f.scratch / "outside.bson", bson_text("{'_id': 1}"));
  std::filesystem::create_symlink(f.scratch / "outside.bson", f.directory + "/juju/bad.bson");
  CHECK(f.all("juju.bad").empty());
}

TEST_CASE("folder database: a dump of some collections, restored with --drop, is what was") {
  FolderFixture f;
  MongoToolCall call;
  call.directory = f.scratch / "kept/dump";
  call.namespaces = {"juju.machines", "juju.clouds", "juju.missing"};
  call.log_path = f.scratch / "log";
  f.database->dump(call, nullptr);
  CHECK(read_file(call.directory + "/juju/machines.bson") == read_file(data_path("dump/juju/machines.bson")));
  CHECK(read_file(call.directory + "/juju/machines.metadata.json") == read_file(data_path("dump/juju/machines.metadata.json")));
  CHECK_FALSE(std::filesystem::exists(call.directory + "/juju/models.bson"));
  CHECK(read_file(call.log_path).find("juju.machines") != std::string::npos);

  const auto before = snapshot(f.directory);
  f.run("juju", "{'delete': 'machines', 'deletes': [{'q': {}, 'limit': 0}]}");
  f.run("juju", "{'insert': 'clouds', 'documents': [{'_id': 'more'}]}");
  call.arguments = {"--drop", "--host", "x"};
  f.database->restore(call, nullptr);
  CHECK(snapshot(f.directory) == before);

  // Without --drop what is there stays.
  f.run("juju", "{'update': 'clouds', 'updates': [{'q': {'_id': 'lxd'}, 'u': {'$set': {'name': 'mine'}}}]}");
  f.run("juju", "{'delete': 'clouds', 'deletes': [{'q': {'_id': 'aws'}, 'limit': 1}]}");
  call.arguments.clear();
  f.database->restore(call, nullptr);
  CHECK(f.all("juju.clouds").size() == 2);
  CHECK(f.all("juju.clouds", "{'name': 'mine'}").size() == 1);
}

TEST_CASE("folder database: a restore under another database name") {
  FolderFixture f;
  MongoToolCall call;
  call.directory = data_path("dump");
  call.arguments = {"--drop", "--nsFrom=juju.*", "--nsTo=jujucontroller.*"};
  f.run("juju", "{'drop': 'clouds'}");
  f.database->restore(call, nullptr);
  CHECK(f.all("jujucontroller.clouds").size() == 2);
  CHECK(f.all("juju.clouds").empty());
}

TEST_CASE("folder database: a bad file in a dump leaves every collection as it was") {
  FolderFixture f;
  const auto before = snapshot(f.directory);
  MongoToolCall call;
  call.directory = f.scratch / "dump";
  write_file(call.directory + "/juju/clouds.bson", bson_text("{'_id': 'x'}"));
  write_file(call.directory + "/juju/models.bson", bson_text("{'_id': 'x'}").substr(0, 8));
  call.arguments = {"--drop"};
  CHECK(code_of([&] { f.database->restore(call, nullptr); }) == ErrorCode::corrupt);
  CHECK(snapshot(f.directory) == before);
  Job job;
  job.cancel();
  std::filesystem::remove(call.directory + "/juju/models.bson");
  CHECK(code_of([&] { f.database->restore(call, &job); }) == ErrorCode::cancelled);
  CHECK(snapshot(f.directory) == before);
}

TEST_CASE("folder database: the oplog is replayed, once or twice, to the same end") {
  FolderFixture f;
  MongoToolCall call;
  call.directory = f.scratch / "dump";
  write_file(call.directory + "/juju/things.bson", bson_text("{'_id': 'a', 'n': 1}") + bson_text("{'_id': 'b', 'n': 1}") +
                                                       bson_text("{'_id': 'c', 'l': [1, 2, 3], 'd': {'x': 1}}") +
                                                       bson_text("{'_id': 'stays'}"));
  const std::string entries[] = {
      "{'op': 'n', 'ns': '', 'o': {'msg': 'x'}}",
      "{'op': 'i', 'ns': 'juju.things', 'o': {'_id': 'a', 'n': 1}}",
      "{'op': 'u', 'ns': 'juju.things', 'o2': {'_id': 'a'}, 'o': {'$v': 1, '$set': {'n': 2}, '$unset': {'m': true}}}",
      "{'op': 'd', 'ns': 'juju.things', 'o': {'_id': 'b'}}",
      "{'op': 'u', 'ns': 'juju.things', 'o2': {'_id': 'b'}, 'o': {'$set': {'n': 9}}}",
      "{'op': 'u', 'ns': 'juju.things', 'o2': {'_id': 'c'}, 'o': {'$v': 2, 'diff': {'d': {'gone': false}, 'u': {'_x': 1}, 'i': {'new': 1}, "
      "'sl': {'a': true, 'l': 2, 'u1': 7}, 'sd': {'u': {'x': 5}}}}}",
      "{'op': 'c', 'ns': 'admin.$cmd', 'o': {'applyOps': [{'op': 'i', 'ns': 'juju.things', 'o': {'_id': 'd'}}, "
      "{'op': 'u', 'ns': 'juju.clouds', 'o2': {'_id': 'lxd'}, 'o': {'_id': 'lxd', 'name': 'replaced'}}]}}",
      "{'op': 'c', 'ns': 'juju.$cmd', 'o': {'create': 'things'}}",
      "{'op': 'i', 'ns': 'juju.fresh', 'o': {'_id': 1}}",
      "{'op': 'c', 'ns': 'juju.$cmd', 'o': {'drop': 'users'}}",
  };
  std::string oplog;
  for (const std::string& entry : entries) oplog += bson_text(entry);
  write_file(call.directory + "/oplog.bson", oplog);
  call.arguments = {"--drop", "--oplogReplay"};
  std::vector<std::string> first;
  for (int run = 0; run < 2; ++run) {
    f.database->restore(call, nullptr);
    CHECK(f.one("juju.things", "{'_id': 'a'}") == json("{'_id':'a','n':{'$numberInt':'2'}}"));
    CHECK(f.one("juju.things", "{'_id': 'b'}") == "");
    CHECK(f.one("juju.things", "{'_id': 'c'}") == json("{'_id':'c','l':[{'$numberInt':'1'},{'$numberInt':'7'}],'d':{'x':{'$numberInt':'5'}}"
                                                       ",'_x':{'$numberInt':'1'},'new':{'$numberInt':'1'}}"));
    CHECK(f.all("juju.things").size() == 4);
    CHECK(f.all("juju.clouds").size() == 2);
    CHECK(f.one("juju.clouds", "{'_id': 'lxd'}") == json("{'_id':'lxd','name':'replaced'}"));
    CHECK(f.all("juju.fresh").size() == 1);
    CHECK(f.all("juju.users").empty());
    if (run == 0) first = snapshot(f.directory);
  }
  CHECK(snapshot(f.directory) == first);

  const auto before = snapshot(f.directory);
  const std::pair<const char*, ErrorCode> bad[] = {
      {"{'op': 'c', 'ns': 'juju.$cmd', 'o': {'renameCollection': 'juju.a', 'to': 'juju.b'}}", ErrorCode::unsupported},
      {"{'op': 'x', 'ns': 'juju.a', 'o': {'_id': 1}}", ErrorCode::corrupt},
      {"{'op': 'i', 'ns': 'juju.a'}", ErrorCode::corrupt},
      {"{'op': 'i', 'ns': 'juju.a', 'o': {'x': 1}}", ErrorCode::corrupt},
      {"{'op': 'i', 'ns': '../x', 'o': {'_id': 1}}", ErrorCode::invalid_argument},
  };
  for (const auto& each : bad) {
    const auto& entry = each.first;
    const auto code = each.second;
    CAPTURE(entry);
    write_file(call.directory + "/oplog.bson", bson_text(entry));
    CHECK(code_of([&] { f.database->restore(call, nullptr); }) == code);
  }
  CHECK(snapshot(f.directory) == before);
}
