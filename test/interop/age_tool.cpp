// The library's side of age_interop.sh, in the words of the `age` tool: standard input to standard output.
//
//   age-tool keygen FILE                       the recipient goes to standard output
//   age-tool encrypt [-a] [-r RECIPIENT | -R FILE | -p PASSPHRASE]...
//   age-tool decrypt [-i FILE | -p PASSPHRASE]...
//   age-tool inspect
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "io/fd.hpp"

namespace {

using jujubackup::Secret;

void copy(jujubackup::Source& source, jujubackup::Sink& sink) {
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  while (const std::size_t got = source.read(buffer)) sink.write(std::span(buffer).first(got));
}

int keygen(const std::string& path) {
  const jujubackup::NewIdentity made = jujubackup::make_identity();
  jujubackup::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw jujubackup::Error::from_errno(errno, "creating " + path);
  jujubackup::DescriptorSink sink(file.get(), path);
  sink.write(made.secret.bytes());
  file.close(path.c_str());
  std::cout << made.recipient << "\n";
  return 0;
}

int encrypt(const std::vector<std::string>& words) {
  jujubackup::Recipients recipients;
  jujubackup::EncryptionOptions options;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-a") {
      options.armor = true;
    } else if (word == "-r") {
      recipients.add(words.at(++i));
    } else if (word == "-R") {
      recipients.add_file(words.at(++i));
    } else {
      recipients.set_passphrase(Secret(words.at(++i)));
    }
  }
  const auto source = jujubackup::source_of_descriptor(STDIN_FILENO, "standard input");
  jujubackup::DescriptorSink out(STDOUT_FILENO, "standard output");
  const auto sink = jujubackup::encrypting_sink(out, recipients, options);
  copy(*source, *sink);
  sink->finish();
  return 0;
}

int decrypt(const std::vector<std::string>& words) {
  jujubackup::Identities identities;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-i") {
      identities.add_file(words.at(++i));
    } else {
      identities.set_passphrase(Secret(words.at(++i)));
    }
  }
  jujubackup::DescriptorSink out(STDOUT_FILENO, "standard output");
  const auto source = jujubackup::decrypting_source(jujubackup::source_of_descriptor(STDIN_FILENO, "standard input"), identities);
  copy(*source, out);
  return 0;
}

int inspect() {
  const auto source = jujubackup::source_of_descriptor(STDIN_FILENO, "standard input");
  const jujubackup::EncryptedFacts facts = jujubackup::inspect_encrypted(*source);
  std::cout << (facts.armored ? "armored " : "binary ") << facts.content_bytes;
  for (const std::string& kind : facts.recipient_kinds) std::cout << " " << kind;
  std::cout << "\n";
  return 0;
}

int run(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "keygen" && words.size() == 2) return keygen(words[1]);
  if (verb == "encrypt") return encrypt(words);
  if (verb == "decrypt") return decrypt(words);
  if (verb == "inspect") return inspect();
  throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "unknown verb " + verb);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "age-tool: " << error.what() << "\n";
    return 3;
  }
}
