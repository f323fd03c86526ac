#include <jujubackup/dump_facts.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "bson/document.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::uint64_t max_documents = 100'000;
// state.JobManageModel: the machine runs a controller. (Juju's 1 is JobHostUnits.)
constexpr std::int64_t manage_model_job = 2;

using Document = std::span<const std::byte>;

std::string text_in(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  const auto text = field ? field->string() : std::nullopt;
  return std::string(text.value_or(""));
}

Document document_in(Document document, std::string_view name) {
  const auto field = bson::find_field(document, name);
  return field && field->is(bson::Type::document) ? field->value : Document();
}

bool array_holds(Document document, std::string_view name, std::int64_t wanted) {
  const auto field = bson::find_field(document, name);
  if (!field || !field->is(bson::Type::array)) return false;
  bool found = false;
  bson::for_each_field(field->value, [&](const bson::Field& item) {
    found = item.integer() == wanted;
    return !found;
  });
  return found;
}

// What is gathered before it is known which model is the controller's.
struct Gathered {
  DumpFacts facts;
  std::vector<MachineFact> managers;
  std::map<std::string, std::string> agent_versions;  // by model UUID

  void controller(Document document) {
    if (text_in(document, "_id") == "e") facts.controller_model_uuid = text_in(document, "model-uuid");
  }

  void model(Document document) {
    facts.models.push_back({text_in(document, "_id"), text_in(document, "name"), text_in(document, "owner"), text_in(document, "cloud"),
                            text_in(document, "type")});
  }

  void cloud(Document document) {
    std::string name = text_in(document, "name");
    if (name.empty()) name = text_in(document, "_id");
    facts.clouds.push_back({std::move(name), text_in(document, "type")});
  }

  void machine(Document document) {
    if (!array_holds(document, "jobs", manage_model_job)) return;
    MachineFact machine;
    machine.id = text_in(document, "machineid");
    machine.model_uuid = text_in(document, "model-uuid");
    machine.series = text_in(document, "series");
    // 3.x keeps {"os": "ubuntu", "channel": "22.04/stable"}.
    const Document base = document_in(document, "base");
    const std::string os = base.empty() ? "" : text_in(base, "os");
    if (!os.empty()) {
      const std::string channel = text_in(base, "channel");
      machine.base = os + "@" + channel.substr(0, channel.find('/'));
    }
    managers.push_back(std::move(machine));
  }

  void controller_node(Document document) {
    std::string id = text_in(document, "_id");
    if (!id.empty()) facts.controller_nodes.push_back(std::move(id));
  }

  void setting(Document document) {
    const std::string id = text_in(document, "_id");
    if (!id.ends_with(":e")) return;
    const Document settings = document_in(document, "settings");
    if (settings.empty()) return;
    agent_versions.insert_or_assign(id.substr(0, id.size() - 2), text_in(settings, "agent-version"));
  }

  DumpFacts finish() {
    const std::string& model = facts.controller_model_uuid;
    for (MachineFact& machine : managers) {
      // Only the controller model has such machines, so without its UUID none needs to be left out.
      if (model.empty() || machine.model_uuid == model) facts.controller_machines.push_back(std::move(machine));
    }
    const auto version = agent_versions.find(model);
    if (version != agent_versions.end()) facts.agent_version = version->second;
    return std::move(facts);
  }
};

struct Collection {
  const char* name;
  void (Gathered::*take)(Document);
};

constexpr Collection collections[] = {
    {"controllers.bson", &Gathered::controller}, {"models.bson", &Gathered::model},
    {"clouds.bson", &Gathered::cloud},           {"machines.bson", &Gathered::machine},
    {"settings.bson", &Gathered::setting},       {"controllerNodes.bson", &Gathered::controller_node},
};

class CollectionSink final : public Sink {
 public:
  CollectionSink(Gathered& gathered, const Collection& collection, std::string path)
      : path_(std::move(path)), scanner_([this, &gathered, &collection](Document document) {
          if (++seen_ <= max_documents) (gathered.*collection.take)(document);
        }) {}

  void write(std::span<const std::byte> bytes) override {
    try {
      if (!scanner_.feed(bytes)) throw Error(ErrorCode::corrupt, scanner_.problem());
    } catch (Error& error) {
      error.add_context(path_);
      throw;
    }
  }
  void finish() {
    if (!scanner_.finish()) throw Error(Error(ErrorCode::corrupt, scanner_.problem()).add_context(path_));
  }
  bool enough() const noexcept { return seen_ >= max_documents; }

 private:
  std::string path_;
  std::uint64_t seen_ = 0;
  bson::Scanner scanner_;
};

void read_collection(Source& source, CollectionSink& sink, Job* job) {
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  while (!sink.enough()) {
    job_check(job);
    const std::size_t got = source.read(buffer);
    if (got == 0) {
      sink.finish();
      return;
    }
    sink.write(std::span(buffer).first(got));
  }
}

}  // namespace

std::int64_t DumpFacts::ha_nodes() const noexcept {
  return static_cast<std::int64_t>(controller_nodes.empty() ? controller_machines.size() : controller_nodes.size());
}

DumpFacts read_dump_facts(Archive& archive, Job* job) {
  std::set<std::string> there;
  archive.for_each(
      false,
      [&](const Entry& entry) {
        if (entry.type == EntryType::file) there.insert(entry.path);
      },
      job);

  Gathered gathered;
  for (const Collection& collection : collections) {
    const std::string path = std::string(layout::dump) + "/juju/" + collection.name;
    if (!there.contains(path)) continue;
    CollectionSink sink(gathered, collection, path);
    archive.read_entry(path, sink, job);
    sink.finish();
  }
  return gathered.finish();
}

DumpFacts read_dump_facts(const std::string& dump_dir, Job* job) {
  Gathered gathered;
  for (const Collection& collection : collections) {
    const std::string path = join_path(dump_dir, std::string("juju/") + collection.name);
    if (look_at(path).kind != FileKind::file) continue;
    const std::unique_ptr<Source> source = open_file(path);
    CollectionSink sink(gathered, collection, path);
    read_collection(*source, sink, job);
  }
  return gathered.finish();
}

}  // namespace jujubackup
