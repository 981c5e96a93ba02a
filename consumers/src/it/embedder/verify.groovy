// Runs what was built in every way that a host may choose.
def java = jdk + '/bin/'
def target = new File(basedir, 'target')
def jar = new File(target, 'embedder-1.jar').path
def libs = new File(target, 'lib').listFiles().findAll { it.name.endsWith('.jar') }
def path = { List<File> jars -> ([jar] + jars*.path).join(File.pathSeparator) }
def withCuda = path(libs)
def classPath = path(libs.findAll { !it.name.contains('cuda') })

def run = { List command ->
    def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).start()
    def text = process.inputStream.getText('UTF-8')
    if (process.waitFor() != 0) {
        throw new IllegalStateException(command.join(' ') + ' failed:\n' + text)
    }
    text
}
def contain = { String way, String text, List<String> wanted ->
    wanted.each {
        if (!text.contains(it)) {
            throw new IllegalStateException(way + ": no '" + it + "' in:\n" + text)
        }
    }
}
def expect = { String way, String text, boolean named ->
    contain(way, text, ['backends [cpu, sim]', 'knee ', 'ran true', 'named ' + named])
}
// Most machines that build this have no driver for CUDA: the backend is found, says so, and harms nobody.
def expectCuda = { String way, String text, boolean named ->
    contain(way, text, ['backends [cpu, cuda, sim]', 'knee ', 'ran true', 'named ' + named])
    if (!(text =~ /(?m)^cuda (Missing\[reason=.+, remedy=.+]|Ready\[devices=\[.+]])$/)) {
        throw new IllegalStateException(way + ': no answer of backend cuda in:\n' + text)
    }
}

def nativeAccess = '--enable-native-access='
expect('class path', run([java + 'java', '-cp', classPath, 'embedder.App']), false)
expect('module path', run([java + 'java', '-p', classPath, '-m', 'embedder/embedder.App']), true)
expectCuda('class path', run([java + 'java', nativeAccess + 'ALL-UNNAMED', '-cp', withCuda, 'embedder.App']), false)
def ofModules = nativeAccess + 'dev.kneepoint.backend.cuda,jcuda'
expectCuda('module path', run([java + 'java', ofModules, '-p', withCuda, '-m', 'embedder/embedder.App']), true)
def shaded = target.listFiles().find { it.name.endsWith('-shaded.jar') }
expectCuda('shaded jar', run([java + 'java', nativeAccess + 'ALL-UNNAMED', '-jar', shaded.path]), false)
def forbidden = run([java + 'java', '--illegal-native-access=deny', '-jar', shaded.path])
expectCuda('without native access', forbidden, false)
contain('without native access', forbidden, ['cuda Missing[reason=native access is not allowed'])

// The Vector API is an option, not a need.
def modules = run([java + 'jdeps', '--ignore-missing-deps', '--multi-release', '25', '--print-module-deps', shaded])
        .trim().readLines().last().split(',').findAll { !it.startsWith('jdk.incubator') }.join(',')
def image = new File(target, 'image')
run([java + 'jlink', '--add-modules', modules, '--strip-debug', '--no-header-files', '--no-man-pages', '--output', image])
def imageJava = new File(image, 'bin/java')
expect('image, class path', run([imageJava, '-cp', classPath, 'embedder.App']), false)
expect('image, module path', run([imageJava, '-p', classPath, '-m', 'embedder/embedder.App']), true)
expectCuda('image, class path', run([imageJava, nativeAccess + 'ALL-UNNAMED', '-cp', withCuda, 'embedder.App']), false)
expectCuda('image, module path', run([imageJava, ofModules, '-p', withCuda, '-m', 'embedder/embedder.App']), true)
true
