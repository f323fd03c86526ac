// backups, show-backup, list-files: looking at what there is.
#include "show.hpp"

#include <array>
#include <cstdio>

#include <jujubackup/dump_facts.hpp>
#include <jujubackup/error.hpp>

#include "command.hpp"
#include "document.hpp"
#include "encryption_options.hpp"
#include "remote.hpp"
#include "target.hpp"

namespace cli {
namespace {

// In the controller's order, as its own client prints them.
int backups_on_controller(const Place& place, Context& context) {
  jujubackup::Controller controller = connect(place, context);
  const std::vector<jujubackup::Metadata> list = controller.list(&context.job);
  if (list.empty()) context.console.info("No backups to display.");
  // Juju 2.8 and later look for --verbose in this form and place alone.
  const bool blocks = form_of(controller) == Form::juju_2_8 && context.arguments.has_in_full("verbose");
  for (const jujubackup::Metadata& metadata : list) {
    if (blocks)
      context.console.info(text_2_8(metadata));
    else
      context.console.print(printable(metadata.id) + "\n");
  }
  return exit_ok;
}

int backups(Context& context) {
  const std::string format = context.arguments.get("format", "text");
  const Place place = find_place(context);
  if (place.is_controller() && format == "text") return backups_on_controller(place, context);
  jujubackup::BackupStore store = open_store(place, context);
  const jujubackup::Listing listing = store.list(&context.job);
  context.console.warnings(listing.problems);
  if (format != "text") {
    std::vector<std::string> records;
    for (const jujubackup::BackupRecord& record : listing.backups) {
      records.push_back(format == "json" ? to_json(record) : to_yaml(record));
    }
    context.console.print(format == "json" ? json_list(records) : yaml_list(records));
    return exit_ok;
  }
  if (listing.backups.empty()) context.console.info("No backups to display.");
  for (const jujubackup::BackupRecord& record : listing.backups) {
    context.console.print(record.id + "\n");
    if (record.encrypted) context.console.detail(record.id + " is encrypted");
  }
  return exit_ok;
}

Document::List fact_list(const jujubackup::DumpFacts& facts, std::string_view which) {
  Document::List list;
  if (which == "models") {
    for (const auto& model : facts.models) {
      list.emplace_back(
          Document::Map{{"uuid", model.uuid}, {"name", model.name}, {"owner", model.owner}, {"cloud", model.cloud}, {"type", model.type}});
    }
  } else if (which == "clouds") {
    for (const auto& cloud : facts.clouds) list.emplace_back(Document::Map{{"name", cloud.name}, {"type", cloud.type}});
  } else if (which == "machines") {
    for (const auto& machine : facts.controller_machines) {
      Document::Map map{{"id", machine.id}};
      if (!machine.series.empty()) map.emplace_back("series", machine.series);
      if (!machine.base.empty()) map.emplace_back("base", machine.base);
      list.emplace_back(std::move(map));
    }
  } else {
    for (const std::string& id : facts.controller_nodes) list.emplace_back(id);
  }
  return list;
}

std::string facts_lines(const jujubackup::DumpFacts& facts) {
  std::string out = "controller model: " + printable(facts.controller_model_uuid) + "\n";
  out += "agent version:    " + printable(facts.agent_version) + "\n";
  out += "HA nodes:         " + std::to_string(facts.ha_nodes()) + "\n";
  out += "models:           " + std::to_string(facts.models.size()) + "\n";
  for (const auto& model : facts.models) {
    out += "  " + printable(model.uuid) + "  " + printable(model.owner) + "/" + printable(model.name);
    if (!model.cloud.empty()) out += " on " + printable(model.cloud);
    if (!model.type.empty()) out += " (" + printable(model.type) + ")";
    out += '\n';
  }
  out += "clouds:           " + std::to_string(facts.clouds.size()) + "\n";
  for (const auto& cloud : facts.clouds) out += "  " + printable(cloud.name) + " (" + printable(cloud.type) + ")\n";
  out += "machines:         " + std::to_string(facts.controller_machines.size()) + " of the controller\n";
  for (const auto& machine : facts.controller_machines) {
    out += "  " + printable(machine.id) + "  " + printable(machine.base.empty() ? machine.series : machine.base) + "\n";
  }
  return out;
}

std::string facts_text(const jujubackup::DumpFacts& facts, const std::string& format) {
  if (format == "text") return facts_lines(facts);
  const Document document(Document::Map{
      {"controller-model-uuid", facts.controller_model_uuid},
      {"agent-version", facts.agent_version},
      {"ha-nodes", facts.ha_nodes()},
      {"models", fact_list(facts, "models")},
      {"clouds", fact_list(facts, "clouds")},
      {"controller-machines", fact_list(facts, "machines")},
      {"controller-nodes", fact_list(facts, "nodes")},
  });
  return format == "json" ? document.json() : document.yaml();
}

std::string private_key_of(jujubackup::Archive archive, jujubackup::Job& job) {
  const std::optional<jujubackup::Metadata> metadata = archive.metadata(&job);
  if (!metadata || !metadata->ca_private_key || metadata->ca_private_key->empty()) {
    throw jujubackup::Error(jujubackup::ErrorCode::not_found, "the metadata in this archive holds no CA private key");
  }
  return *metadata->ca_private_key;
}

int show_backup(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string& target = arguments.positionals().front();
  if (arguments.has("ca-private-key")) {
    context.console.print(private_key_of(open_archive(context, target), context.job));
    return exit_ok;
  }
  if (arguments.has("facts")) {
    jujubackup::Archive archive = open_archive(context, target);
    context.console.print(facts_text(jujubackup::read_dump_facts(archive, &context.job), arguments.get("format", "text")));
    return exit_ok;
  }
  if (is_path(target)) {
    jujubackup::Archive archive = open_archive(context, target);
    context.console.print(metadata_text(archive.metadata_with_file_facts(arguments.has("checksum"), &context.job), arguments));
    return exit_ok;
  }
  const Place place = find_place(context);
  if (place.is_controller() && arguments.get("format", "text") == "text") {
    jujubackup::Controller controller = connect(place, context);
    const jujubackup::Metadata metadata = controller.show(target, &context.job);
    tell_machine(metadata, context.console);
    context.console.print(remote_text(metadata, form_to_print(controller, arguments), arguments));
    return exit_ok;
  }
  jujubackup::BackupStore store = open_store(place, context);
  jujubackup::BackupRecord record = show_record(store, target, context.job);
  if (record.encrypted) {
    context.console.detail("the backup is encrypted");
    // What a bare record leaves out is in the archive. Nobody is asked for a passphrase for it.
    if (auto identities = identities_given(arguments); identities != nullptr) {
      store.set_identities(std::move(identities));
      record = store.show(record.id, &context.job);
    }
  }
  context.console.print(record_text(record, arguments));
  if (arguments.get("format", "text") == "text") context.console.warnings(record.warnings);
  return exit_ok;
}

std::string_view type_name(jujubackup::EntryType type) {
  switch (type) {
    case jujubackup::EntryType::file: return "file";
    case jujubackup::EntryType::directory: return "directory";
    case jujubackup::EntryType::symlink: return "symlink";
    case jujubackup::EntryType::hardlink: return "hardlink";
  }
  return "unknown";
}

std::string mode_text(const jujubackup::Entry& entry) {
  std::string text = "?rwxrwxrwx";
  text[0] = entry.type == jujubackup::EntryType::directory ? 'd' : entry.type == jujubackup::EntryType::symlink ? 'l' : '-';
  for (unsigned bit = 0; bit < 9; ++bit) {
    if ((entry.mode & (0400U >> bit)) == 0) text[bit + 1] = '-';
  }
  const auto special = [&](unsigned bit, std::size_t at, char with_x, char without_x) {
    if ((entry.mode & bit) != 0) text[at] = text[at] == 'x' ? with_x : without_x;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return text;
}

std::string long_line(const jujubackup::Entry& entry) {
  std::array<char, 128> buffer{};
  const std::string time = jujubackup::Timestamp::from_unix(entry.mtime_s).go_string().substr(0, 19);
  std::snprintf(buffer.data(), buffer.size(), "%s %5lld/%-5lld %12llu %s ", mode_text(entry).c_str(), static_cast<long long>(entry.uid),
                static_cast<long long>(entry.gid), static_cast<unsigned long long>(entry.size_bytes), time.c_str());
  std::string line = buffer.data() + printable(entry.path);
  if (entry.type == jujubackup::EntryType::symlink) line += " -> " + printable(entry.link_target);
  if (entry.type == jujubackup::EntryType::hardlink) line += " link to " + printable(entry.link_target);
  return line + "\n";
}

Document entry_document(const jujubackup::Entry& entry) {
  std::array<char, 16> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", entry.mode);
  Document::Map map{{"path", entry.path},
                    {"type", type_name(entry.type)},
                    {"size", entry.size_bytes},
                    {"mode", mode.data()},
                    {"uid", entry.uid},
                    {"gid", entry.gid},
                    {"modified", jujubackup::Timestamp::from_unix(entry.mtime_s).rfc3339()}};
  if (!entry.link_target.empty()) map.emplace_back("link-target", entry.link_target);
  return map;
}

int list_files(Context& context) {
  const Arguments& arguments = context.arguments;
  const std::string format = arguments.get("format", "text");
  const bool with_facts = arguments.has("long");
  jujubackup::Archive archive = open_archive(context, arguments.positionals().front());
  Document::List documents;
  const auto visit = [&](const jujubackup::Entry& entry) {
    if (format == "text") {
      context.console.print(with_facts ? long_line(entry) : printable(entry.path) + "\n");
    } else {
      documents.push_back(entry_document(entry));
    }
  };
  archive.for_each(!arguments.has("keep-root-tar"), visit, &context.job);
  if (format == "json")
    context.console.print(Document(std::move(documents)).json());
  else if (format == "yaml")
    context.console.print(Document(std::move(documents)).yaml());
  return exit_ok;
}

Command backups_command() {
  Command command;
  command.name = "backups";
  command.aliases = {"list-backups"};
  command.summary = "Displays information about all backups.";
  command.details =
      "Prints the IDs of the backups in the store, one a line, the oldest first. With --format json or yaml: all that is known of each.\n"
      "\n"
      "With a controller in use it is the controller's list, in its order; controllers keep one up to 2.9.21.\n"
      "\n"
      "Archives that somebody put into the directory of the store appear here as well. Files that look like archives but are none are "
      "named in "
      "warnings.";
  command.examples = {{"", "The IDs of all backups."},
                      {"--format json", "All about all backups, for a script."},
                      {"--store /mnt/backups", "Those in another place."},
                      {"-c prod", "Those that a controller keeps."}};
  command.see_also = {"create-backup", "show-backup"};
  command.options = {format_option()};
  command.run = backups;
  return command;
}

Command show_command() {
  Command command;
  command.name = "show-backup";
  command.usage = "<ID|FILE>";
  command.summary = "Show metadata for the specified backup.";
  command.details =
      "Takes the ID of a backup in the store or on the controller in use, or the path of an archive file: whatever holds a / or is the "
      "name "
      "of a file. What a controller keeps is shown in the form of its own release.\n"
      "\n"
      "Of a file only the first part is read, so it takes no time, and the checksum is left empty unless --checksum is given; size and, "
      "where "
      "the archive does not know, the time it was finished are those of the file. Archives made by Juju may have to be read further.\n"
      "\n"
      "--facts tells what the database in the backup says: the models, clouds and machines of the controller.\n"
      "\n"
      "Of an encrypted backup in the store the record beside it is shown; for all else, and for files, it takes an identity. Size and "
      "checksum "
      "of an encrypted file are those of the archive in it.";
  command.examples = {{"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "A backup in the store."},
                      {"./juju-backup-20161013-091500.tar.gz", "An archive file."},
                      {"--facts ./juju-backup-20161013-091500.tar.gz", "Which models it holds."}};
  command.see_also = {"backups", "verify-backup", "list-files"};
  const std::vector<Option> own = {
      flag("facts", "Show what the database in the backup says of the controller"),
      flag("checksum", "Of a file: read all of it and show its checksum"),
      flag("ca-private-key", "Print the CA private key in the archive, and nothing else. This is a secret"),
      format_option(),
      style_option(),
  };
  command.options = with(own, identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = show_backup;
  return command;
}

Command list_files_command() {
  Command command;
  command.name = "list-files";
  command.usage = "<ID|FILE>";
  command.summary = "List the files in a backup.";
  command.details =
      "Prints the path of each entry, in the order of the archive. What is inside of root.tar, the files of the controller machine, is "
      "listed "
      "below juju-backup/root.tar/. extract-backup takes paths as they are printed here.\n"
      "\n"
      "Characters that a terminal would obey are shown as escapes, e.g. \\x1b.";
  command.examples = {{"-l 20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01", "With modes, owners, sizes and times."},
                      {"--format json ./juju-backup.tar.gz", "The same for a script, of an archive file."}};
  command.see_also = {"extract-backup", "show-backup"};
  command.options = with({flag("long", "Show mode, owner, size and time as well", 'l'),
                          flag("keep-root-tar", "Do not look inside of root.tar"), format_option()},
                         identity_options());
  command.min_positionals = 1;
  command.max_positionals = 1;
  command.missing = "missing ID";
  command.operands = Operands::ids_and_files;
  command.run = list_files;
  return command;
}

}  // namespace

Option style_option() {
  Option style = choice("style", {"2.0", "2.8"}, "2.0", "Print text as this version of Juju does");
  style.fallback = "2.0, or as the controller's release does";
  return style;
}

std::string metadata_text(const jujubackup::Metadata& metadata, const Arguments& arguments) {
  const std::string format = arguments.get("format", "text");
  if (format == "json") return to_json(metadata);
  if (format == "yaml") return to_yaml(metadata);
  if (arguments.get("style", "2.0") == "2.0") return text_2_0(metadata);
  // Juju 2.8 prints its block with one more newline. It quotes nothing, so what an archive brings is made harmless here.
  return printable_lines(text_2_8(metadata)) + "\n";
}

std::string record_text(const jujubackup::BackupRecord& record, const Arguments& arguments) {
  const std::string format = arguments.get("format", "text");
  if (format == "json") return to_json(record);
  if (format == "yaml") return to_yaml(record);
  return metadata_text(record.metadata, arguments);
}

std::vector<Command> show_commands() { return {backups_command(), show_command(), list_files_command()}; }

}  // namespace cli
