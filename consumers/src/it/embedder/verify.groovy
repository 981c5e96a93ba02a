// Runs what was built in every way that a host may choose.
def java = jdk + '/bin/'
def target = new File(basedir, 'target')
def jar = new File(target, 'embedder-1.jar').path
def libs = new File(target, 'lib').listFiles().findAll { it.name.endsWith('.jar') }*.path
def classPath = ([jar] + libs).join(File.pathSeparator)

def run = { List command ->
    def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).start()
    def text = process.inputStream.getText('UTF-8')
    if (process.waitFor() != 0) {
        throw new IllegalStateException(command.join(' ') + ' failed:\n' + text)
    }
    text
}
def expect = { String way, String text, boolean named ->
    ['backends [cpu, sim]', 'knee ', 'ran true', 'named ' + named].each {
        if (!text.contains(it)) {
            throw new IllegalStateException(way + ": no '" + it + "' in:\n" + text)
        }
    }
}

expect('class path', run([java + 'java', '-cp', classPath, 'embedder.App']), false)
expect('module path', run([java + 'java', '-p', classPath, '-m', 'embedder/embedder.App']), true)
def shaded = target.listFiles().find { it.name.endsWith('-shaded.jar') }
expect('shaded jar', run([java + 'java', '-jar', shaded.path]), false)

// The Vector API is an option, not a need.
def modules = run([java + 'jdeps', '--ignore-missing-deps', '--multi-release', '21', '--print-module-deps', shaded])
        .trim().readLines().last().split(',').findAll { !it.startsWith('jdk.incubator') }.join(',')
def image = new File(target, 'image')
run([java + 'jlink', '--add-modules', modules, '--strip-debug', '--no-header-files', '--no-man-pages', '--output', image])
expect('image, class path', run([new File(image, 'bin/java'), '-cp', classPath, 'embedder.App']), false)
expect('image, module path', run([new File(image, 'bin/java'), '-p', classPath, '-m', 'embedder/embedder.App']), true)
true
