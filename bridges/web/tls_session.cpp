// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/tls_session.hpp"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Of a certificate with its chain, or of a key.
constexpr size_t max_pem = 1024 * 1024;

/// OpenSSL, which is loaded when the page is to be served with TLS: a robot
/// without, and a program of one's own, start without its megabytes.
#define RR_OPENSSL_FUNCTIONS(f)                                                \
  f(BIO_ctrl) f(BIO_ctrl_pending) f(BIO_free) f(BIO_new) f(BIO_new_mem_buf)    \
    f(BIO_read) f(BIO_s_mem) f(BIO_write) f(ERR_clear_error) f(ERR_get_error)  \
      f(ERR_reason_error_string) f(EVP_PKEY_free) f(PEM_read_bio_PrivateKey)   \
        f(PEM_read_bio_X509) f(SSL_CTX_check_private_key) f(SSL_CTX_ctrl)      \
          f(SSL_CTX_free) f(SSL_CTX_new) f(SSL_CTX_set_options)                \
            f(SSL_CTX_use_PrivateKey) f(SSL_CTX_use_certificate) f(SSL_free)   \
              f(SSL_get_error) f(SSL_get_rbio) f(SSL_get_wbio) f(SSL_new)      \
                f(SSL_read_ex) f(SSL_set_accept_state) f(SSL_set_bio)          \
                  f(SSL_shutdown) f(SSL_write_ex) f(TLS_server_method)         \
                    f(X509_free)

struct openssl {
#define RR_MEMBER(name) decltype(&::name) name = nullptr;
  RR_OPENSSL_FUNCTIONS(RR_MEMBER)
#undef RR_MEMBER

  /// Why there is none; empty where it is complete.
  std::string fault;

  openssl() {
    auto library = ::dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      fault = ::dlerror();
      return;
    }
    // Those of libcrypto are found behind it.
#define RR_FIND(name)                                                          \
  name = reinterpret_cast<decltype(name)>(::dlsym(library, #name));            \
  if (name == nullptr)                                                         \
    fault = "libssl.so.3 has no " #name;
    RR_OPENSSL_FUNCTIONS(RR_FIND)
#undef RR_FIND
  }
};

/// Stays loaded for good.
const openssl& ssl() {
  static const openssl library;
  return library;
}

caf::error pem_error(const char* what, const std::string& path) {
  auto code = ssl().ERR_get_error();
  auto reason = code != 0 ? ssl().ERR_reason_error_string(code) : nullptr;
  ssl().ERR_clear_error();
  return caf::make_error(ec::system_error,
                         std::string{"cannot use the "} + what + ' '
                           + visible_path(path) + ": "
                           + as_cause(reason ? reason : "no PEM file"));
}

struct free_bio {
  void operator()(BIO* x) const noexcept {
    ssl().BIO_free(x);
  }
};

struct free_certificate {
  void operator()(X509* x) const noexcept {
    ssl().X509_free(x);
  }
};

struct free_key {
  void operator()(EVP_PKEY* x) const noexcept {
    ssl().EVP_PKEY_free(x);
  }
};

using bio = std::unique_ptr<BIO, free_bio>;
using certificate = std::unique_ptr<X509, free_certificate>;

bio bio_of(const std::string& text) {
  return bio{ssl().BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// A key with a passphrase is refused, never asked for.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

bool use_chain(SSL_CTX* context, const std::string& pem) {
  auto source = bio_of(pem);
  certificate own{
    ssl().PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)};
  if (!own || ssl().SSL_CTX_use_certificate(context, own.get()) != 1)
    return false;
  for (;;) {
    certificate next{
      ssl().PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)};
    if (!next)
      break;
    if (ssl().SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 0, next.get()) != 1)
      return false;
    static_cast<void>(next.release());
  }
  ssl().ERR_clear_error();
  return true;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
  auto source = bio_of(pem);
  std::unique_ptr<EVP_PKEY, free_key> key{ssl().PEM_read_bio_PrivateKey(
    source.get(), nullptr, no_passphrase, nullptr)};
  return key && ssl().SSL_CTX_use_PrivateKey(context, key.get()) == 1
         && ssl().SSL_CTX_check_private_key(context) == 1;
}

} // namespace

tls_session::tls_session(ssl_st* session) noexcept : session_(session) {
}

tls_session::~tls_session() {
  ssl().SSL_free(session_);
}

void tls_session::feed(std::string_view sealed) {
  ssl().BIO_write(ssl().SSL_get_rbio(session_), sealed.data(),
                  static_cast<int>(sealed.size()));
}

tls_session::outcome tls_session::read(std::span<char> into, size_t& got) {
  return outcome_of(
    ssl().SSL_read_ex(session_, into.data(), into.size(), &got));
}

tls_session::outcome tls_session::write(std::string_view text) {
  size_t written = 0;
  return outcome_of(
    ssl().SSL_write_ex(session_, text.data(), text.size(), &written));
}

std::string tls_session::take() {
  auto source = ssl().SSL_get_wbio(session_);
  std::string result(ssl().BIO_ctrl_pending(source), '\0');
  if (!result.empty())
    ssl().BIO_read(source, result.data(), static_cast<int>(result.size()));
  return result;
}

void tls_session::shutdown() noexcept {
  ssl().SSL_shutdown(session_);
  ssl().ERR_clear_error();
}

tls_session::outcome tls_session::outcome_of(int result) noexcept {
  if (result == 1)
    return outcome::done;
  auto why = ssl().SSL_get_error(session_, result);
  ssl().ERR_clear_error();
  switch (why) {
    case SSL_ERROR_WANT_READ:
      return outcome::wants_more;
    case SSL_ERROR_ZERO_RETURN:
      return outcome::closed;
    default:
      return outcome::failed;
  }
}

tls_context::tls_context(ssl_ctx_st* context) noexcept : context_(context) {
}

tls_context::~tls_context() {
  ssl().SSL_CTX_free(context_);
}

caf::expected<std::unique_ptr<tls_context>>
tls_context::make(const std::string& certificate_file,
                  const std::string& key_file, bool* is_key_at_fault) {
  auto at_key = [&](caf::error why) {
    if (is_key_at_fault)
      *is_key_at_fault = true;
    return why;
  };
  if (!ssl().fault.empty())
    return caf::make_error(ec::system_error, "cannot use TLS: " + ssl().fault);
  auto certificates = read_input_file(certificate_file, max_pem);
  if (!certificates)
    return std::move(certificates.error());
  auto key = read_input_file(key_file, max_pem);
  if (!key)
    return at_key(std::move(key.error()));
  std::unique_ptr<tls_context> result{
    new tls_context{ssl().SSL_CTX_new(ssl().TLS_server_method())}};
  auto context = result->context_;
  if (context == nullptr)
    return caf::make_error(ec::system_error, "cannot use TLS: no memory");
  ssl().SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION,
                     nullptr);
  ssl().SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION
                                       | SSL_OP_NO_COMPRESSION
                                       | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ssl().SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, nullptr);
  ssl().SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF,
                     nullptr);
  if (!use_chain(context, *certificates))
    return pem_error("certificate", certificate_file);
  if (!use_key(context, *key))
    return at_key(pem_error("key", key_file));
  return result;
}

std::unique_ptr<tls_session> tls_context::begin() const {
  auto session = ssl().SSL_new(context_);
  auto in = ssl().BIO_new(ssl().BIO_s_mem());
  auto out = ssl().BIO_new(ssl().BIO_s_mem());
  if (session == nullptr || in == nullptr || out == nullptr) {
    ssl().SSL_free(session);
    ssl().BIO_free(in);
    ssl().BIO_free(out);
    return nullptr;
  }
  ssl().BIO_ctrl(in, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nullptr);
  ssl().SSL_set_bio(session, in, out);
  ssl().SSL_set_accept_state(session);
  return std::make_unique<tls_session>(session);
}

} // namespace rr
