#include <utility>

#include "controller/wire_fields.hpp"
#include "controller/wire_metadata.hpp"
#include "server/facades.hpp"

namespace jujubackup {
namespace {

using Call = Facades::Call;
using Method = Facades::Method;

constexpr std::size_t max_ids = 10'000;  // of one call

bool flag_at(const Value& params, std::string_view key) {
  const Value* value = params.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (value->boolean() == nullptr) throw Error(ErrorCode::corrupt, "\"" + std::string(key) + "\" is not true or false");
  return *value->boolean();
}

// Methods of all eras on one store.
class Verbs {
 public:
  Verbs(const Generation& generation, Backups& backups) : generation_(generation), backups_(backups) {}

  Method create(std::int64_t first, std::int64_t last) const {
    return {"Create", first, last, [generation = generation_, &backups = backups_](const Call& call) {
              Backups::CreateRequest request{text_at(call.params, "notes"), false, false};
              if (generation.era != Era::none) {
                request.keep_copy = flag_at(call.params, "keep-copy");
                request.no_download = flag_at(call.params, "no-download");
              }
              // Clients of the older version know nothing but IDs.
              if (generation.era == Era::on_request && call.version == 1) request.keep_copy = request.no_download = true;
              // The certificate is there, the key is not: that is for nobody who can make a backup.
              return wire_metadata(backups.create(request, call.job), generation.version, true);
            }};
  }
  Method info(std::int64_t first, std::int64_t last) const {
    return {"Info", first, last, [generation = generation_, &backups = backups_](const Call& call) {
              return wire_metadata({backups.info(text_at(call.params, "id"), call.job), ""}, generation.version);
            }};
  }
  Method list(std::int64_t first, std::int64_t last) const {
    return {"List", first, last, [generation = generation_, &backups = backups_](const Call& call) {
              Value::Array list;
              for (Metadata& metadata : backups.list(call.job))
                list.push_back(wire_metadata({std::move(metadata), ""}, generation.version));
              return Value(Value::Object{{"list", std::move(list)}});
            }};
  }
  Method remove_one(std::int64_t first, std::int64_t last) const {
    return {"Remove", first, last, [&backups = backups_](const Call& call) {
              backups.remove(text_at(call.params, "id"));
              return Value(Value::Object{});
            }};
  }
  Method remove_many(std::int64_t first, std::int64_t last) const {
    return {"Remove", first, last, [&backups = backups_](const Call& call) {
              const Value::Array& ids = array_at(call.params, "ids");
              if (ids.size() > max_ids) throw Error(ErrorCode::limit, "too many IDs in one call");
              Value::Array results;
              for (const Value& id : ids) {
                if (id.string() == nullptr) throw Error(ErrorCode::corrupt, "an ID is not a text");
              }
              for (const Value& id : ids) results.push_back(removed(backups, *id.string()));
              return Value(Value::Object{{"results", std::move(results)}});
            }};
  }

 private:
  static Value removed(const Backups& backups, const std::string& id) {
    try {
      backups.remove(id);
      return Value::Object{};
    } catch (const RpcError& error) {
      return Value::Object{{"error", Value::Object{{"message", error.wire_message()}, {"code", error.wire_code()}}}};
    }
  }

  const Generation& generation_;
  Backups& backups_;
};

Method refuses(const char* name, std::int64_t first, std::int64_t last, const char* text, const char* code) {
  return {name, first, last, [text, code](const Call&) -> Value { throw RpcError(text, code); }};
}

void add_restore(std::vector<Method>& methods, std::int64_t last, Backups& backups, Restorer& restorer) {
  if (!restorer.serves()) {
    for (const char* name : {"PrepareRestore", "Restore", "FinishRestore"}) {
      methods.push_back(refuses(name, 1, last, "restore is not served by this embedded controller", "not supported"));
    }
    return;
  }
  methods.push_back({"PrepareRestore", 1, last, [&restorer](const Call&) {
                       restorer.prepare();
                       return Value(Value::Object{});
                     }});
  methods.push_back({"Restore", 1, last, [&backups, &restorer](const Call& call) {
                       restorer.restore(text_at(call.params, "backup-id"), backups, call.job);
                       return Value(Value::Object{});
                     }});
  methods.push_back({"FinishRestore", 1, last, [&restorer](const Call&) {
                       restorer.finish();
                       return Value(Value::Object{});
                     }});
}

std::vector<Method> methods_of(const Generation& generation, Backups& backups, Restorer& restorer) {
  constexpr const char* not_kept = "backups stored in the controller database not supported";
  constexpr const char* restore_moved = "restore is now provided by the standalone juju-restore utility";
  const Verbs verbs(generation, backups);
  std::vector<Method> methods;
  switch (generation.era) {
    case Era::database:
      methods = {verbs.create(1, 1), verbs.info(1, 1), verbs.list(1, 1), verbs.remove_one(1, 1)};
      add_restore(methods, 1, backups, restorer);
      break;
    case Era::on_request:
      methods = {verbs.create(1, 2), verbs.info(1, 2), verbs.list(1, 2), verbs.remove_many(2, 2)};
      add_restore(methods, 2, backups, restorer);
      break;
    case Era::files:
      methods = {verbs.create(1, 3)};
      if (generation.at_least(3, 0)) break;
      methods.push_back(refuses("Info", 1, 3, not_kept, "not supported"));
      methods.push_back(refuses("List", 1, 3, not_kept, "not supported"));
      methods.push_back(refuses("Remove", 2, 3, not_kept, "not supported"));
      methods.push_back(refuses("Restore", 1, 3, restore_moved, ""));
      break;
    case Era::none: methods = {verbs.create(3, 3)}; break;
  }
  return methods;
}

std::vector<int> versions_of(const Generation& generation) {
  if (generation.era == Era::database) return {1};
  if (!generation.at_least(2, 9, 32)) return {1, 2};
  if (!generation.at_least(3, 0)) return {1, 2, 3};
  return {3};
}

}  // namespace

Facades::Facade backups_facade(const Generation& generation, Backups& backups, Restorer& restorer) {
  Facades::Facade facade;
  facade.name = "Backups";
  facade.versions = versions_of(generation);
  facade.on_model = true;
  facade.slow = true;
  facade.admit = [](const Caller& caller) {
    if (!caller.user->superuser) throw RpcError("permission denied", "unauthorized access");
  };
  facade.methods = methods_of(generation, backups, restorer);
  return facade;
}

}  // namespace jujubackup
