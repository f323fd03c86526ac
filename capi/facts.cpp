#include <jujubackup/dump_facts.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::CloudFact;
using jujubackup::DumpFacts;
using jujubackup::MachineFact;
using jujubackup::ModelFact;

namespace {

template <typename Fact>
const char* text(const jjb_dump_facts* handle, std::vector<Fact> DumpFacts::*list, std::size_t index, std::string Fact::*member) {
  const Fact* fact = handle == nullptr ? nullptr : capi::at(handle->facts.*list, index);
  return fact == nullptr ? nullptr : (fact->*member).c_str();
}

template <typename Fact>
std::size_t count(const jjb_dump_facts* handle, std::vector<Fact> DumpFacts::*list) {
  return handle == nullptr ? 0 : (handle->facts.*list).size();
}

}  // namespace

int32_t jjb_dump_facts_read_archive(jjb_archive* archive, jjb_job* job, jjb_dump_facts** facts, jjb_error** error) {
  return guard(error, [&] {
    jjb_dump_facts*& out = capi::result(facts, "facts");
    const auto shared = capi::share(job);
    out = new jjb_dump_facts{jujubackup::read_dump_facts(capi::require(archive, "archive").archive, shared.get())};
  });
}

int32_t jjb_dump_facts_read_dir(const char* dump_dir, jjb_job* job, jjb_dump_facts** facts, jjb_error** error) {
  return guard(error, [&] {
    jjb_dump_facts*& out = capi::result(facts, "facts");
    const auto shared = capi::share(job);
    out = new jjb_dump_facts{jujubackup::read_dump_facts(capi::require_text(dump_dir, "dump_dir"), shared.get())};
  });
}

const char* jjb_dump_facts_get_controller_model_uuid(const jjb_dump_facts* facts) {
  return facts == nullptr ? nullptr : facts->facts.controller_model_uuid.c_str();
}
const char* jjb_dump_facts_get_agent_version(const jjb_dump_facts* facts) {
  return facts == nullptr ? nullptr : facts->facts.agent_version.c_str();
}
int64_t jjb_dump_facts_get_ha_nodes(const jjb_dump_facts* facts) { return facts == nullptr ? 0 : facts->facts.ha_nodes(); }

size_t jjb_dump_facts_get_model_count(const jjb_dump_facts* facts) { return count(facts, &DumpFacts::models); }
const char* jjb_dump_facts_get_model_uuid(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::models, index, &ModelFact::uuid);
}
const char* jjb_dump_facts_get_model_name(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::models, index, &ModelFact::name);
}
const char* jjb_dump_facts_get_model_owner(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::models, index, &ModelFact::owner);
}
const char* jjb_dump_facts_get_model_cloud(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::models, index, &ModelFact::cloud);
}
const char* jjb_dump_facts_get_model_type(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::models, index, &ModelFact::type);
}

size_t jjb_dump_facts_get_cloud_count(const jjb_dump_facts* facts) { return count(facts, &DumpFacts::clouds); }
const char* jjb_dump_facts_get_cloud_name(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::clouds, index, &CloudFact::name);
}
const char* jjb_dump_facts_get_cloud_type(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::clouds, index, &CloudFact::type);
}

size_t jjb_dump_facts_get_controller_machine_count(const jjb_dump_facts* facts) { return count(facts, &DumpFacts::controller_machines); }
const char* jjb_dump_facts_get_controller_machine_id(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::controller_machines, index, &MachineFact::id);
}
const char* jjb_dump_facts_get_controller_machine_series(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::controller_machines, index, &MachineFact::series);
}
const char* jjb_dump_facts_get_controller_machine_base(const jjb_dump_facts* facts, size_t index) {
  return text(facts, &DumpFacts::controller_machines, index, &MachineFact::base);
}

size_t jjb_dump_facts_get_controller_node_count(const jjb_dump_facts* facts) { return count(facts, &DumpFacts::controller_nodes); }
const char* jjb_dump_facts_get_controller_node(const jjb_dump_facts* facts, size_t index) {
  const std::string* node = facts == nullptr ? nullptr : capi::at(facts->facts.controller_nodes, index);
  return node == nullptr ? nullptr : node->c_str();
}

void jjb_dump_facts_free(jjb_dump_facts* facts) { delete facts; }
